// The API explorer: adds schemas, examples and requests to the operations that
// the page lists. The Bearer token stays in its field.
import { element } from "./elements.js";
import { describe } from "./operation.js";

async function start(root) {
  const description = await load(root.dataset.explorer);
  if (!description) {
    root.querySelector("[data-failed]").hidden = false;
    return;
  }
  root.querySelector("[data-access]").hidden = false;
  const bearer = root.querySelector("[data-bearer]");
  for (const details of root.querySelectorAll("details.operation")) {
    const show = () => {
      if (details.open && !details.dataset.filled) {
        details.dataset.filled = "yes";
        fill(details, description, () => bearer.value.trim());
      }
    };
    details.addEventListener("toggle", show);
    show();
  }
}

async function load(address) {
  try {
    const response = await fetch(address);
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function fill(details, description, token) {
  const { method, path } = details.dataset;
  const found = description.paths?.[path]?.[method.toLowerCase()];
  const parts = found
    ? describe(description, { ...found, method, path }, token)
    : [element("p", { class: "hint" }, "The description does not have this operation.")];
  details.querySelector(".operation-body").append(...parts);
}

const root = document.querySelector("[data-explorer]");
if (root) {
  start(root);
}
