// A page that waits for something to happen elsewhere, marked by
// `data-awaiting`: it looks again for two minutes.
import { refresh } from "./refresh.js";

const PERIOD_MS = 3000;
const ATTEMPTS = 40;

let left = ATTEMPTS;

function wait() {
  if (left > 0 && document.querySelector("[data-awaiting]")) {
    left -= 1;
    setTimeout(look, PERIOD_MS);
  }
}

async function look() {
  await refresh(location.href, "replace");
  wait();
}

wait();
