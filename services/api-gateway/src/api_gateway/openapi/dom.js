// Making elements. Text only ever becomes text: nothing is parsed as HTML.

export function make(tag, properties = {}, ...children) {
  const { data = {}, ...own } = properties;
  const element = Object.assign(document.createElement(tag), own);
  Object.assign(element.dataset, data);
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function prose(text) {
  // `code` and paragraphs are all that the document uses of Markdown.
  const pieces = (paragraph) =>
    paragraph.split("`").map((piece, at) => (at % 2 ? make("code", { textContent: piece }) : piece));
  return text.split(/\n\n|  \n/).map((paragraph) => make("p", {}, ...pieces(paragraph)));
}

export const folded = (title, ...children) =>
  make("details", {}, make("summary", { textContent: title }), ...children);

export const pretty = (value) => JSON.stringify(value, null, 2);
