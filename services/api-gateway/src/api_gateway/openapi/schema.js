// What a schema says, as a list of fields.
import { folded, make, prose } from "/docs/dom.js";

const BOUNDS = ["minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems"];

export class Schemas {
  constructor(api) {
    this.api = api;
  }

  resolved(part) {
    if (!part.$ref) return part;
    const steps = part.$ref.slice(2).split("/");
    return steps.reduce((at, step) => at[step.replaceAll("~1", "/").replaceAll("~0", "~")], this.api);
  }

  fields(part, depth = 0) {
    const schema = this.resolved(part);
    if (schema.allOf) return this.fields(schema.allOf[0], depth);
    if (schema.anyOf) return make("div", {}, ...schema.anyOf.map((one) => folded(named(one), this.fields(one, depth))));
    if (!schema.properties) return make("p", { textContent: this.typeOf(part) });
    const rows = Object.entries(schema.properties).flatMap(([name, inner]) => this.row(name, inner, schema, depth));
    return make("dl", { className: "fields" }, ...rows);
  }

  row(name, inner, schema, depth) {
    const one = this.resolved(inner);
    const optional = schema.required?.includes(name) ? "" : make("i", { textContent: " optional" });
    const said = [
      make("span", { className: "type", textContent: this.typeOf(inner) }),
      make("span", { className: "limits", textContent: ` ${bounds(one)}` }),
      ...(one.description && !inner.$ref ? prose(one.description) : []),
      this.deeper(inner, depth),
    ];
    return [make("dt", {}, make("code", { textContent: name }), optional), make("dd", {}, ...said)];
  }

  deeper(part, depth) {
    const schema = this.resolved(part);
    const nested = schema.type === "array" ? schema.items : (schema.additionalProperties || part);
    if (depth > 2 || !this.resolved(nested).properties) return null;
    return folded(`fields of ${named(nested)}`, this.fields(nested, depth + 1));
  }

  typeOf(part) {
    const schema = this.resolved(part);
    if (schema.anyOf) return [...new Set(schema.anyOf.map((one) => this.typeOf(one)))].join(" or ");
    if (schema.enum) return schema.enum.map((value) => `"${value}"`).join(" | ");
    if (schema.type === "array") return `array of ${this.typeOf(schema.items)}`;
    if (schema.additionalProperties?.$ref) return `object of ${this.typeOf(schema.additionalProperties)}`;
    return named(part) || (schema.format ? `${schema.type}, ${schema.format}` : schema.type);
  }
}

const named = (part) => part.$ref?.split("/").at(-1) ?? "";

function bounds(schema) {
  const told = BOUNDS.filter((name) => name in schema).map((name) => `${name} ${schema[name]}`);
  return told.join(", ");
}
