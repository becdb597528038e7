// Schemas of an OpenAPI description: examples, and outlines to read.
import { element, prose } from "./elements.js";

const DEPTH = 6;

// The schema behind a reference.
export function resolved(description, schema) {
  let found = schema ?? {};
  for (let step = 0; found.$ref && step < DEPTH; step += 1) {
    const names = found.$ref.replace(/^#\//, "").split("/");
    found = names.reduce((value, name) => value?.[name], description) ?? {};
  }
  if (found.allOf) {
    return merged(description, found);
  }
  return found;
}

function merged(description, { allOf, ...rest }) {
  const all = { ...rest, properties: { ...rest.properties }, required: [...(rest.required ?? [])] };
  for (const part of allOf) {
    const { properties, required, ...more } = resolved(description, part);
    Object.assign(all.properties, properties);
    all.required.push(...(required ?? []));
    for (const [name, value] of Object.entries(more)) {
      all[name] ??= value;
    }
  }
  return all;
}

// A value that fits a schema: the example in it, else one that is made up.
export function exampleOf(description, schema, depth = 0) {
  const found = resolved(description, schema);
  const given = found.example ?? found.default ?? found.enum?.[0];
  if (given !== undefined) {
    return given;
  }
  const choice = found.oneOf?.[0] ?? found.anyOf?.[0];
  if (choice) {
    return exampleOf(description, choice, depth + 1);
  }
  if (found.properties && depth < DEPTH) {
    const members = Object.entries(found.properties);
    return Object.fromEntries(
      members.map(([name, member]) => [name, exampleOf(description, member, depth + 1)]),
    );
  }
  if (found.type === "array") {
    return depth < DEPTH ? [exampleOf(description, found.items, depth + 1)] : [];
  }
  return simple(found);
}

const FORMATS = {
  uuid: "a1b2c3d4-0000-4000-8000-000000000001",
  email: "agent@example.com",
  date: "2026-03-28",
  "date-time": "2026-03-28T09:00:00.000Z",
};

function simple({ type, format, pattern, minimum }) {
  switch (type) {
    case "boolean":
      return false;
    case "integer":
    case "number":
      return minimum ?? 0;
    case "string":
      return FORMATS[format] ?? words(pattern)[0] ?? "";
    default:
      return {};
  }
}

// The alternatives of a pattern such as `^(a|b)$`.
export function words(pattern) {
  return /^\^\(([\w|-]+)\)\$$/.exec(pattern ?? "")?.[1].split("|") ?? [];
}

// Members of a schema as a list.
export function outline(description, schema, depth = 0) {
  const found = resolved(description, schema);
  if (found.type === "array") {
    return outline(description, found.items, depth);
  }
  const members = Object.entries(found.properties ?? {});
  if (members.length === 0 || depth >= DEPTH) {
    return null;
  }
  const items = members.map(([name, member]) => {
    const required = found.required?.includes(name) ? ", required" : "";
    const inner = resolved(description, member);
    return element(
      "li",
      {},
      element("code", {}, name),
      element("span", { class: "muted" }, ` ${kind(description, member)}${required}. `),
      ...prose(inner.description ?? ""),
      outline(description, member, depth + 1),
    );
  });
  return element("ul", { class: "schema" }, ...items);
}

function kind(description, schema) {
  const found = resolved(description, schema);
  const base = found.type === "array" ? `list of ${kind(description, found.items)}` : (found.type ?? "any");
  const shape = found.format ? ` (${found.format})` : "";
  const choices = found.enum ?? words(found.pattern);
  const among = choices.length > 0 ? `: ${choices.join(", ")}` : "";
  return `${base}${shape}${found.nullable ? " or null" : ""}${among}`;
}
