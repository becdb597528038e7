// A form that is being sent shows it and cannot be sent again; secrets stay on the
// page only as long as it is seen.

export function startForms() {
  // Reloading the answer to a form, or coming back to it, asks for the page of its
  // address instead of sending the form again.
  history.replaceState(history.state, "", location.href);
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.getAttribute("method") === "dialog") {
      return;
    }
    const button = event.submitter ?? event.target.querySelector("button[type=submit]");
    if (button) {
      // Later, so that the value of the button is still sent.
      setTimeout(() => setBusy(button), 0);
    }
  });
  // The browser may bring the page back as it was left: without what may be
  // seen only once, and with its buttons idle.
  addEventListener("pagehide", () => {
    for (const secret of document.querySelectorAll(".secret-value")) {
      secret.textContent = "";
    }
    for (const field of document.querySelectorAll("input[type=password]")) {
      field.value = "";
    }
  });
  addEventListener("pageshow", () => {
    for (const button of document.querySelectorAll("button[aria-busy=true]")) {
      setIdle(button);
    }
  });
}

export function setBusy(button) {
  // A disabled button loses the focus.
  if (document.activeElement === button) {
    button.dataset.focused = "yes";
  }
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  if (button.dataset.busy) {
    button.dataset.idle = button.textContent;
    button.textContent = button.dataset.busy;
  }
}

export function setIdle(button) {
  button.disabled = false;
  button.removeAttribute("aria-busy");
  if (button.dataset.idle) {
    button.textContent = button.dataset.idle;
  }
  if (button.dataset.focused && document.activeElement === document.body) {
    button.focus();
  }
  delete button.dataset.focused;
}
