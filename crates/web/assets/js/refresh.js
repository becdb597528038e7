// Refreshing parts of a page in place. An element with `data-region` is
// replaced by its namesake of the page that was asked for; meanwhile it shows
// `template[data-placeholder]` of the same name. An answer that is no longer
// wanted is dropped.
import { setBusy, setIdle } from "./forms.js";
import { localizeTimes } from "./times.js";

const PAUSE_MS = 300;

let wanted = 0;
let shown = location.pathname + location.search;

export function startRefreshing() {
  for (const form of document.querySelectorAll("form[data-live]")) {
    startForm(form);
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-refresh-link]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain) {
      event.preventDefault();
      refresh(link.href, "push");
    }
  });
  addEventListener("popstate", () => {
    if (location.pathname + location.search !== shown) {
      location.reload();
    }
  });
}

function startForm(form) {
  let timer;
  const now = () => {
    clearTimeout(timer);
    return refresh(address(form), "replace");
  };
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (event.target.matches("input:not([type=date])")) {
      timer = setTimeout(now, PAUSE_MS);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=date]")) {
      now();
    }
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button) {
      setBusy(button);
    }
    await now();
    if (button) {
      setIdle(button);
    }
  });
}

// Without a page number: a change of the filter begins at the first page. The
// attribute, since a field called `action` stands in the place of the property.
function address(form) {
  const url = new URL(form.getAttribute("action"), location.href);
  url.search = "";
  for (const [name, value] of new FormData(form)) {
    if (String(value).trim() !== "") {
      url.searchParams.append(name, value);
    }
  }
  return url.href;
}

export async function refresh(target, history) {
  wanted += 1;
  const turn = wanted;
  const regions = [...document.querySelectorAll("[data-region]")];
  const focused = regions.find((region) => region.contains(document.activeElement));
  regions.forEach(showPlaceholder);
  const page = await load(target);
  if (turn !== wanted) {
    return;
  }
  if (!show(page)) {
    location.assign(target);
    return;
  }
  window.history[`${history}State`](null, "", target);
  shown = location.pathname + location.search;
  focused?.focus();
}

// Puts the regions of a page in the place of ours; false when it lacks one.
export function show(page) {
  const regions = [...document.querySelectorAll("[data-region]")];
  const fresh = regions.map((region) => page?.querySelector(selector(region)));
  if (fresh.includes(null) || fresh.includes(undefined)) {
    return false;
  }
  regions.forEach((region, index) => {
    region.replaceChildren(...document.adoptNode(fresh[index]).childNodes);
    region.removeAttribute("aria-busy");
    localizeTimes(region);
  });
  return true;
}

// A page as a document; null when there is none.
export async function load(target) {
  try {
    const response = await fetch(target, { headers: { accept: "text/html" } });
    // Sent elsewhere: the session is over, or the list ends before the page.
    if (response.redirected) {
      return null;
    }
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}

function selector(region) {
  return `[data-region="${CSS.escape(region.dataset.region)}"]`;
}

function showPlaceholder(region) {
  const name = CSS.escape(region.dataset.region);
  const template = document.querySelector(`template[data-placeholder="${name}"]`);
  region.setAttribute("aria-busy", "true");
  if (template) {
    region.replaceChildren(template.content.cloneNode(true));
  }
}
