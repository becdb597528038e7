// What the explorer shows of an operation: parameters, body, answers, and a
// form that sends a request.
import { element, field, prose } from "./elements.js";
import { send } from "./request.js";
import { exampleOf, outline, resolved, words } from "./schema.js";

// All parts of an operation. `token` gives the Bearer token of the moment.
export function describe(description, operation, token) {
  const parts = [
    access(operation),
    form(description, operation, token),
    body(description, operation),
    ...answers(description, operation),
  ];
  return parts.filter((part) => part !== null);
}

export function takesBearer(operation) {
  return (operation.security ?? []).some((scheme) => "bearer" in scheme);
}

function access(operation) {
  if (!takesBearer(operation)) {
    return element("p", { class: "hint" }, "No Bearer token is needed.");
  }
  const scopes = operation.security.flatMap((scheme) => scheme.bearer ?? []);
  const needs = scopes.length > 0 ? `a Bearer token with ${scopes.join(", ")}` : "a Bearer token";
  return element("p", { class: "hint" }, `Needs ${needs}.`);
}

function form(description, operation, token) {
  const inputs = (operation.parameters ?? []).map((parameter) => input(description, parameter));
  const sent = bodyField(description, operation);
  const button = element("button", { class: "button button-default", type: "submit" }, "Send request");
  const answer = element("div", { class: "stack", "aria-live": "polite" });
  const made = element(
    "form",
    { class: "stack" },
    inputs.length > 0 ? element("div", { class: "fields" }, ...inputs.map(({ shown }) => shown)) : null,
    ...(sent?.shown ?? []),
    element("div", { class: "row" }, button),
    answer,
  );
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const values = inputs.map(({ parameter, control }) => [parameter, control.value.trim()]);
    const bearer = takesBearer(operation) ? token() : "";
    answer.replaceChildren(...(await send(operation, values, sent?.value(), bearer)));
    button.disabled = false;
  });
  return made;
}

function input(description, parameter) {
  const { name, in: place, required } = parameter;
  const choices = words(resolved(description, parameter.schema).pattern);
  const options = ["", ...choices].map((word) => element("option", { value: word }, word));
  const control =
    choices.length > 0
      ? element("select", {}, ...options)
      : element("input", { type: "text", autocomplete: "off", spellcheck: "false" });
  control.required = Boolean(required);
  const hint = element("p", { class: "hint" }, ...prose(parameter.description ?? ""));
  const shown = field(`${name} (${place}${required ? ", required" : ""})`, control, hint);
  return { parameter, control, shown };
}

// The field for the body with the choice of its media type.
function bodyField(description, operation) {
  const content = operation.requestBody?.content;
  if (!content) {
    return null;
  }
  const types = Object.keys(content);
  const options = types.map((type) => element("option", { value: type }, type));
  const type = element("select", {}, ...options);
  const text = element("textarea", { rows: "10", spellcheck: "false", autocomplete: "off" });
  const propose = () => {
    const example = content[type.value].example ?? exampleOf(description, content[type.value].schema);
    text.value = written(type.value, example);
  };
  type.addEventListener("change", propose);
  propose();
  const shown = [field("Media type", type), field("Request body", text)];
  return { shown, value: () => ({ type: type.value, text: text.value }) };
}

function written(type, example) {
  if (type === "application/x-www-form-urlencoded") {
    return new URLSearchParams(example).toString();
  }
  return JSON.stringify(example, null, 2);
}

function body(description, operation) {
  const [content] = Object.values(operation.requestBody?.content ?? {});
  const members = content && outline(description, content.schema);
  return members ? section("Members of the body", members) : null;
}

function answers(description, operation) {
  return Object.entries(operation.responses ?? {}).map(([status, answer]) => {
    const [content] = Object.values(answer.content ?? {});
    const members = content && outline(description, content.schema);
    const title = `${status}: ${answer.description ?? ""}`;
    return members ? section(title, members) : element("p", { class: "hint" }, ...prose(title));
  });
}

function section(title, content) {
  return element("details", {}, element("summary", {}, ...prose(title)), content);
}
