// What a request looks like in curl and in Python.

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function curl({ method, url, headers, body }) {
  const lines = [`curl ${quoted(url)}`, `-u "USER_ID:USER_SECRET"`];
  for (const [name, value] of Object.entries(headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  lines.push(`-X ${method}`);
  if (body) lines.push(`-d ${quoted(body)}`);
  return lines.join(" \\\n  ");
}

export function python({ method, url, headers, body }) {
  const { "Content-Type": _, ...others } = headers;
  const given = [`${JSON.stringify(url)}`, `auth=("USER_ID", "USER_SECRET")`];
  if (Object.keys(others).length) given.push(`headers=${literal(others)}`);
  const lines = ["import requests", ""];
  if (body) {
    lines.push(`payload = ${parsed(body)}`, "");
    given.push("json=payload");
  }
  lines.push(`requests.${method.toLowerCase()}(\n    ${given.join(",\n    ")},\n)`);
  return lines.join("\n");
}

function parsed(body) {
  try {
    return literal(JSON.parse(body));
  } catch {
    return "...  # the body is not JSON yet";
  }
}

function literal(value, indent = "") {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const entries = Array.isArray(value)
    ? value.map((entry) => literal(entry, inner))
    : Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}: ${literal(entry, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return entries.length ? `${open}\n${entries.map((entry) => `${inner}${entry},\n`).join("")}${indent}${close}` : open + close;
}
