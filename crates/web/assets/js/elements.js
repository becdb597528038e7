// Building parts of a page. Texts are always text, never markup.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) {
      made.setAttribute(name, "");
    } else if (value !== false && value !== undefined) {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

// A text whose parts between backticks are code.
export function prose(text) {
  const parts = text.split("`");
  return parts.map((part, index) => (index % 2 === 1 ? element("code", {}, part) : part));
}

let last = 0;

// A field with its label; `more` are elements below it.
export function field(label, input, ...more) {
  last += 1;
  input.id = `field-${last}`;
  return element("div", { class: "field" }, element("label", { for: input.id }, label), input, ...more);
}
