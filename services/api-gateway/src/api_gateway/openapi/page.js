// Shows /openapi.json: the routes on the left, what each is in the middle, and a way to try it on the right.
import { folded, make, pretty, prose } from "/docs/dom.js";
import { Schemas } from "/docs/schema.js";
import { tryOut } from "/docs/try.js";

const $ = (id) => document.getElementById(id);
const api = await (await fetch("/openapi.json")).json();
const schemas = new Schemas(api);
const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);

const badge = (method) => make("b", { className: `m ${method}`, textContent: method });
const words = ({ method, path, operation }) => `${method} ${path} ${operation.summary}`.toLowerCase();

function link(route) {
  const { method, path, operation } = route;
  const own = { href: `#${operation.operationId}`, title: path, data: { words: words(route) } };
  return make("a", own, badge(method), ` ${operation.summary}`);
}

function article(route) {
  const { method, path, operation } = route;
  const media = operation.requestBody?.content["application/json"];
  const heading = (textContent) => make("h4", { textContent });
  const told = [
    make("h3", { textContent: operation.summary }),
    make("p", { className: "path" }, badge(method), " ", make("code", { textContent: path })),
    ...prose(operation.description),
    ...(media ? [heading("Body"), schemas.fields(media.schema)] : []),
    heading("Answers"),
    ...Object.entries(operation.responses).map(([status, part]) => answer(status, schemas.resolved(part))),
  ];
  const parameters = operation.parameters.map((parameter) => schemas.resolved(parameter));
  const own = { id: operation.operationId, data: { words: words(route) } };
  return make("article", own, make("div", {}, ...told), tryOut(method, path, parameters, media));
}

function answer(status, { description, content }) {
  const { schema, example } = content["application/json"];
  const codes = (schema.allOf ?? []).flatMap((part) => part.properties?.["error-code"]?.enum ?? []);
  const title = `${status} ${codes.length > 3 ? `${codes.length} codes` : codes.join(", ") || "OK"}`;
  const sample = example ? [make("pre", { textContent: pretty(example) })] : [];
  const shown = codes.length ? sample : [schemas.fields(schema), ...sample];
  const element = folded(title, ...prose(description), ...shown);
  element.className = `answer s${status[0]}`;
  return element;
}

function filter() {
  const wanted = $("filter").value.toLowerCase();
  for (const element of document.querySelectorAll("[data-words]")) {
    element.hidden = !element.dataset.words.includes(wanted);
  }
}

$("version").textContent = api.info.version;
$("about").append(...prose(api.info.description));
$("routes").replaceChildren();
for (const { name, description } of api.tags) {
  const family = routes.filter(({ operation }) => operation.tags.includes(name));
  const heading = () => make("h2", { textContent: name });
  $("index").append(make("section", {}, heading(), ...family.map(link)));
  $("routes").append(make("section", {}, heading(), ...prose(description), ...family.map(article)));
}
$("filter").addEventListener("input", filter);
$("account").addEventListener("submit", (event) => event.preventDefault());
$(location.hash.slice(1))?.scrollIntoView();
