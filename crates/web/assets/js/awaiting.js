// A page that waits for something to happen elsewhere, marked by
// `data-awaiting`: it looks again for two minutes. Nothing on it moves, and
// nothing is announced, until it has happened.
import { load, show } from "./refresh.js";

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
  const page = await load(location.href);
  // A page that tells of an error has no such region: it is left alone.
  if (page?.querySelector("[data-region]") && !page.querySelector("[data-awaiting]")) {
    show(page);
  }
  wait();
}

wait();
