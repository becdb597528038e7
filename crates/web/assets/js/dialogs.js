// Confirmations in a dialog: the page behind a link with `data-dialog` is
// fetched, and its part `.confirm` is shown in front of the present page.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-dialog]");
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (link && plain) {
      event.preventDefault();
      open(link);
    }
  });
}

async function open(link) {
  if (link.dataset.opening) {
    return;
  }
  link.dataset.opening = "yes";
  const confirm = await fetched(link.href);
  delete link.dataset.opening;
  if (!confirm) {
    // Whatever the page says instead, it says better itself.
    location.assign(link.href);
    return;
  }
  show(confirm, link);
}

async function fetched(address) {
  try {
    const response = await fetch(address, { headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    return response.redirected ? null : page.querySelector(".confirm");
  } catch {
    return null;
  }
}

function show(confirm, link) {
  const dialog = document.createElement("dialog");
  dialog.className = "dialog";
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-modal", "true");
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.append(document.adoptNode(confirm));
  dialog.addEventListener("click", (event) => {
    const cancels = event.target === dialog || event.target.closest("[data-cancel]");
    if (cancels) {
      event.preventDefault();
      dialog.close();
    }
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    link.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  guardTyping(dialog);
}

// A button that waits for a text to be typed in.
function guardTyping(dialog) {
  const field = dialog.querySelector("[data-match]");
  const button = dialog.querySelector("button[type=submit]");
  if (!field || !button) {
    return;
  }
  const judge = () => {
    button.disabled = field.value.trim() !== field.dataset.match;
  };
  field.addEventListener("input", judge);
  judge();
}
