// Read interchanges with ts-edifact. Standard input: a JSON list of file names. Output: a JSON
// object, file -> [how deep it was read, what ts-edifact objects to or ""].
//
// "structure": segments and elements by its validator, their order by its own message tables, where
// it has one for each message of the file. "syntax": cut into segments and elements only.
"use strict";

const fs = require("fs");
const path = require("path");
const ts = require("ts-edifact");

const TABLES = path.join(__dirname, "node_modules/ts-edifact/lib/messageSpec/");

// Lets any character of the repertoire stand anywhere.
class AnyText extends ts.NullValidator {
  onOpenComponent(buffer) {
    buffer.alphanumeric();
  }
}

function hasTable(type) {
  return fs.existsSync(`${TABLES}${type}.struct.json`);
}

function structure(text) {
  const reader = new ts.Reader(TABLES);
  const segments = reader.parse(text);
  const builder = new ts.InterchangeBuilder(segments, reader.separators, TABLES);
  return builder.interchange.messages.length ? "" : "no message";
}

function syntax(text) {
  const parser = new ts.Parser(new ts.Configuration({ validator: new AnyText() }));
  let messages = 0;
  let open = "";
  parser.onOpenSegment = (tag) => {
    open = tag;
    messages += tag === "UNT" ? 1 : 0;
  };
  parser.onComponent = (value) => {
    if (open === "UNB") parser.updateCharset(value); // the first is the syntax identifier
    open = "";
  };
  parser.onElement = parser.onCloseSegment = () => {};
  parser.write(text);
  parser.end();
  return messages ? "" : "no message";
}

function read(file) {
  const text = fs.readFileSync(file, "latin1");
  const types = [...text.matchAll(/UNH\+[^+]*\+([A-Z]+)/g)].map((found) => found[1]);
  const deep = types.length > 0 && types.every(hasTable);
  try {
    return [deep ? "structure" : "syntax", deep ? structure(text) : syntax(text)];
  } catch (error) {
    return [deep ? "structure" : "syntax", String(error)];
  }
}

console.warn = () => {}; // It tells of segments it has no definition of; that is no objection.
const files = JSON.parse(fs.readFileSync(0, "utf8"));
console.log(JSON.stringify(Object.fromEntries(files.map((file) => [file, read(file)]))));
