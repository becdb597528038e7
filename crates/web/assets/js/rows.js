// A click anywhere in a row of a table follows the link in it.

export function startRows() {
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr.is-link");
    const busy = event.target.closest("a, button, input") || String(getSelection());
    const link = row?.querySelector("a[href]");
    if (link && !busy) {
      link.click();
    }
  });
}
