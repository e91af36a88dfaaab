// The right side: a request that its reader fills in, what it looks like in code, and what it is answered.
import { make, prose, pretty } from "/docs/dom.js";
import { curl, python } from "/docs/samples.js";

const SAMPLES = { curl, Python: python };
const SHOWN = ["Link", "Retry-After", "Idempotent-Replayed", "X-Request-Id"];
let language = "curl";

export function tryOut(method, path, parameters, media) {
  const form = make("form", {}, ...parameters.map(input));
  if (media) form.append(bodyInput(pretty(media.example)));
  form.append(make("button", { className: "send", textContent: `Send ${method}` }));
  const shown = make("output", { hidden: true });
  const { element, draw } = sample(() => request(method, path, form));
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(request(method, path, form), shown);
  });
  return make("div", { className: "try" }, element, form, shown);
}

function input({ name, in: where, schema, required, example, description }) {
  const option = (value) => make("option", { value, textContent: value, selected: value === example });
  const text = { value: required ? (example ?? "") : "", spellcheck: false, autocomplete: "off" };
  const field = schema.enum ? make("select", {}, ...schema.enum.map(option)) : make("input", text);
  Object.assign(field.dataset, { in: where, name });
  const hint = make("small", {}, ...prose(description).flatMap((paragraph) => [...paragraph.childNodes]));
  const optional = required ? "" : make("i", { textContent: " optional" });
  return make("label", {}, make("span", {}, make("code", { textContent: name }), optional), field, hint);
}

function bodyInput(value) {
  const rows = Math.min(16, value.split("\n").length);
  return make("label", { className: "wide" }, make("span", {}, "Body"), make("textarea", { value, rows, spellcheck: false }));
}

function request(method, path, form) {
  const query = new URLSearchParams();
  const headers = {};
  for (const field of form.querySelectorAll("[data-in]")) {
    const { in: where, name } = field.dataset;
    if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(field.value));
    else if (where === "query" && field.value) query.set(name, field.value);
    else if (where === "header" && field.value) headers[name] = field.value;
  }
  const body = form.querySelector("textarea")?.value.trim() ?? "";
  if (body) headers["Content-Type"] = "application/json";
  return { method, url: location.origin + path + (query.size ? `?${query}` : ""), headers, body };
}

function sample(current) {
  const code = make("pre", { className: "sample" });
  const tab = (name) => make("button", { type: "button", textContent: name, data: { language: name } });
  const tabs = Object.keys(SAMPLES).map(tab);
  const draw = () => {
    code.textContent = SAMPLES[language](current());
    for (const tab of tabs) tab.setAttribute("aria-pressed", tab.dataset.language === language);
  };
  const choose = (event) => {
    language = event.target.dataset.language;
    document.dispatchEvent(new Event("language"));
  };
  for (const tab of tabs) tab.addEventListener("click", choose);
  document.addEventListener("language", draw);
  draw();
  return { element: make("div", {}, make("div", { className: "tabs" }, ...tabs), code), draw };
}

async function send({ method, url, headers, body }, shown) {
  shown.hidden = false;
  shown.replaceChildren("Waiting…");
  const began = performance.now();
  const given = { ...headers, Authorization: `Basic ${credentials()}` };
  try {
    const answer = await fetch(url, { method, body: body || undefined, credentials: "omit", headers: given });
    const json = await answer.json();
    shown.replaceChildren(...answered(answer, json, performance.now() - began));
  } catch (error) {
    shown.replaceChildren(make("p", { className: "status s5", textContent: `No answer: ${error.message}` }));
  }
}

function credentials() {
  const [user, secret] = ["user", "secret"].map((id) => document.getElementById(id).value);
  return btoa(String.fromCharCode(...new TextEncoder().encode(`${user}:${secret}`)));
}

function answered(answer, json, took) {
  const title = `${answer.status} ${answer.statusText} in ${Math.round(took)} ms`;
  const headers = SHOWN.filter((name) => answer.headers.has(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
  return [
    make("p", { className: `status s${String(answer.status)[0]}`, textContent: title }),
    make("pre", { textContent: headers.join("\n") }),
    make("pre", { textContent: pretty(json) }),
  ];
}
