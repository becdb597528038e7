// Requests of the explorer, to the server that the page comes from.
import { element } from "./elements.js";

// What of an answer is shown, in characters.
const SHOWN = 200000;

// Sends a request; the elements that show its answer.
export async function send(operation, values, body, bearer) {
  try {
    const response = await fetch(address(operation.path, values), {
      method: operation.method,
      headers: headers(values, body, bearer),
      body: body?.text,
      cache: "no-store",
      credentials: "omit",
    });
    return await shown(response);
  } catch {
    return [element("p", { class: "error-box", role: "alert" }, "The server did not answer.")];
  }
}

function address(path, values) {
  const query = new URLSearchParams();
  let filled = path;
  for (const [{ name, in: place }, value] of values) {
    if (place === "path") {
      filled = filled.replace(`{${name}}`, encodeURIComponent(value));
    } else if (place === "query" && value !== "") {
      query.append(name, value);
    }
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

function headers(values, body, bearer) {
  const all = new Headers();
  for (const [{ name, in: place }, value] of values) {
    if (place === "header" && value !== "") {
      all.set(name, value);
    }
  }
  if (body) {
    all.set("content-type", body.type);
  }
  if (bearer) {
    all.set("authorization", `Bearer ${bearer}`);
  }
  return all;
}

async function shown(response) {
  const type = response.headers.get("content-type") ?? "";
  const tone = response.ok ? "success" : "danger";
  const status = element("span", { class: `badge badge-${tone}` }, String(response.status));
  const line = element("p", { class: "row" }, status, element("span", { class: "muted" }, type));
  const text = await readable(response, type);
  if (text === "") {
    return [line];
  }
  return [line, element("pre", { class: "code", tabindex: "0" }, text)];
}

async function readable(response, type) {
  if (!/json|text|xml/.test(type)) {
    const { size } = await response.blob();
    return size > 0 ? `${size} bytes` : "";
  }
  const text = await response.text();
  return indented(text).slice(0, SHOWN);
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
