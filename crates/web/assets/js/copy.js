// Buttons that copy a text: `data-copy` names the element that shows it.

const CONFIRMED_MS = 2000;

export function startCopying() {
  showButtons(document);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      copy(button);
    }
  });
}

// Hidden in the page, since they do nothing without scripts.
function showButtons(root) {
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.hidden = false;
  }
}

async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  if (!source || !(await write(source))) {
    return;
  }
  const label = button.dataset.label ?? button.textContent;
  button.dataset.label = label;
  button.textContent = "Copied!";
  setTimeout(() => {
    button.textContent = label;
  }, CONFIRMED_MS);
}

async function write(source) {
  try {
    await navigator.clipboard.writeText(source.textContent.trim());
    return true;
  } catch {
    // There is no clipboard outside secure contexts; copy a selection.
    getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}
