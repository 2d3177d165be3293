"use strict";
const read = (id) => JSON.parse(document.getElementById(id).textContent);
const { runs } = read("report");
const { outcomes, layers, measured, earlier, changes } = read("beside");
const element = (id) => document.getElementById(id);

/** An element with attributes and children; texts are never read as HTML. */
function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key === "onclick") made.addEventListener("click", value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}
const className = (outcome) => outcome.replaceAll(" ", "-");
const grouped = (count) => count.toLocaleString("en-US");
// Rounded down: what is not all is not 100 %.
const percent = (part, whole) => `${Math.floor((part * 1000) / Math.max(whole, 1)) / 10} %`;
const count = (list) => list.reduce((sum, one) => sum + one, 0);

// ---- What there is to show

/** Every interaction with its run and tape, worst first. */
const all = runs.flatMap((run) => run.tapes.flatMap((tape) => tape.interactions.map((played) => {
  const matter = played.findings.filter((finding) => finding.matters);
  return { run, tape, played, grave: Math.min(layers.length, ...matter.map((one) => layers.indexOf(one.layer))) };
})));
const rank = (one) => (one.played.outcome === "divergent" ? 0 : outcomes.length - outcomes.indexOf(one.played.outcome));
const order = new Map(all.map((one, at) => [one, at]));
all.sort((a, b) => rank(a) - rank(b) || a.grave - b.grave || order.get(a) - order.get(b));

/** What a search looks through, made on the first search. */
function haystack(one) {
  one.text ??= [one.played.id, one.tape.name, one.played.note ?? "",
    ...one.played.findings.flatMap((finding) => [finding.id, finding.path, finding.expected, finding.actual])]
    .join("\n").toLowerCase();
  return one.text;
}

// ---- Filter: in the address, so that what is seen can be linked to

const NAMES = ["text", "target", "operation", "outcome", "layer"];
const PAGE = 200;
let state = {};
let shown = PAGE;

function stateOf(hash) {
  const text = hash.replace(/^#/, "");
  if (text === "interactions" || text === "") return {};
  if (!text.includes("=")) {
    try { return { id: decodeURIComponent(text) }; } catch { return {}; }
  }
  const parts = new URLSearchParams(text);
  return Object.fromEntries(NAMES.filter((name) => parts.get(name)).map((name) => [name, parts.get(name)]));
}

function hashOf({ id, ...rest }) {
  if (id) return `#${encodeURIComponent(id)}`;
  const parts = new URLSearchParams(rest).toString();
  return parts ? `#${parts}` : "#interactions";
}

function fits({ run, played, tape }, one) {
  if (state.id) return played.id === state.id || played.findings.some((finding) => finding.id === state.id);
  return (!state.target || run.target === state.target)
    && (!state.operation || played.operation === state.operation)
    && (!state.outcome || (state.outcome === "not exact" ? played.outcome !== "exact" : played.outcome === state.outcome))
    && (!state.layer || (played.differed[state.layer] ?? 0) > 0)
    && (!state.text || haystack(one).includes(state.text.toLowerCase()));
}

function go(next, { focus = false } = {}) {
  history.replaceState(null, "", hashOf(next));
  show(next);
  if (focus) {
    element("interactions").scrollIntoView();
    (element("list").querySelector("summary") ?? element("interactions")).focus({ preventScroll: true });
  }
}

function show(next) {
  state = next;
  shown = PAGE;
  for (const name of NAMES) element(name).value = state[name] ?? "";
  list();
}

// ---- The list

function list() {
  const found = all.filter((one) => fits(one, one));
  const rows = found.slice(0, shown).map(row);
  element("list").replaceChildren(...rows);
  const only = state.id ? ` with the id ${state.id}` : "";
  element("count").textContent = `${grouped(found.length)} of ${grouped(all.length)}${only}, worst first`;
  const more = element("more");
  more.hidden = found.length <= shown;
  more.textContent = `Show ${grouped(Math.min(PAGE, found.length - shown))} more`;
  if (state.id) rows.forEach((one) => { one.open = true; });
}

function row(one) {
  const { run, tape, played } = one;
  const differing = layers.filter((layer) => played.differed[layer]).join(", ");
  const summary = make("summary", {},
    make("span", { class: `outcome ${className(played.outcome)}` }, played.outcome),
    make("span", { class: "id" }, played.id),
    make("span", { class: "where" }, differing),
    make("span", { class: "where" }, runs.length > 1 ? `${tape.name} at ${run.target}` : tape.name));
  const details = make("details", { class: "one" }, summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(inside(run, tape, played));
  });
  return details;
}

function inside(run, tape, played) {
  const expected = run.material === "cases" ? "expected" : "recorded";
  const from = tape.from ? `, from ${tape.from}` : "";
  const body = make("div", { class: "body" },
    make("p", { class: "facts" }, `${played.operation} in ${tape.name}${from}, at ${run.target}`),
    played.note && make("p", {}, played.note));
  for (const finding of played.findings) {
    const open = finding.matters ? "" : " (the API leaves it open)";
    body.append(make("div", { class: `finding ${finding.matters ? "bad" : "open"}` },
      make("p", {}, `${finding.layer}${open} `, make("code", {}, finding.path), " ",
        make("a", { href: `#${finding.id}` }, finding.id)),
      make("dl", {}, make("dt", {}, expected), make("dd", {}, finding.expected || "(nothing)"),
        make("dt", {}, "answered"), make("dd", {}, finding.actual || "(nothing)"))));
  }
  for (const exchange of played.exchanges ?? []) {
    const label = exchange.label ? `${exchange.label}: ` : "";
    const { request } = exchange;
    body.append(make("h3", {}, `${label}${request.operation}`), make("pre", {}, `${headers(request)}${pretty(request)}`));
    if (exchange.expected || exchange.actual) body.append(sides(exchange, expected));
  }
  if (!played.exchanges) body.append(make("p", { class: "facts" }, "Both answers are the same; a report does not keep those."));
  if (played.reproduce) body.append(make("h3", {}, "To ask again"), make("pre", {}, played.reproduce));
  return body;
}

const headers = ({ headers }) => headers.map(([name, value]) => `${name}: ${value ?? "(left out)"}\n`).join("");
const answer = (said) => (said ? `status ${said.status}\n${headers(said)}${pretty(said)}`.split("\n") : []);

/** Two answers line by line, those that differ side by side. */
function sides({ expected, actual }, word) {
  const grid = make("div", { class: "sides" }, make("div", { class: "pair head" },
    make("div", { class: "left" }, word), make("div", { class: "right" }, "answered")));
  for (const [left, right] of paired(answer(expected), answer(actual))) {
    const same = left === right;
    const side = (name, text) => make("div", { class: `${name}${text === undefined ? " none" : same ? "" : " other"}` }, text ?? "");
    grid.append(make("div", { class: same ? "pair same" : "pair" }, side("left", left), side("right", right)));
  }
  return grid;
}

/** Pairs of lines by their longest common subsequence; what is between two common lines is paired as it comes. */
function paired(left, right) {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end += 1;
  const [a, b] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  const pairs = left.slice(0, start).map((line) => [line, line]);
  const between = (some, others) => {
    for (let at = 0; at < Math.max(some.length, others.length); at += 1) pairs.push([some[at], others[at]]);
  };
  const [keptA, keptB] = common(a, b);
  let [x, y] = [0, 0];
  keptA.forEach((at, index) => {
    between(a.slice(x, at), b.slice(y, keptB[index]));
    pairs.push([a[at], b[keptB[index]]]);
    [x, y] = [at + 1, keptB[index] + 1];
  });
  between(a.slice(x), b.slice(y));
  return pairs.concat(left.slice(left.length - end).map((line) => [line, line]));
}

/** Places of common lines in both. Two long texts without a common part are not worth the time it takes. */
function common(a, b) {
  if (a.length * b.length > 4e6) return [[], []];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1] + 1
        : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const [inA, inB] = [[], []];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) { inA.push(i); inB.push(j); i += 1; j += 1; }
    else if (lengths[(i + 1) * width + j] >= lengths[i * width + j + 1]) i += 1;
    else j += 1;
  }
  return [inA, inB];
}

/** A body with line breaks. It is taken apart into tokens and not parsed: numbers keep their text, members that are
    there twice stay. */
function pretty({ body, shortened_from: whole }) {
  if (whole) return `${body}\n(the beginning of ${grouped(whole)} bytes)`;
  try { JSON.parse(body); } catch { return body; }
  const tokens = body.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let out = "";
  let depth = 0;
  const line = () => { out += `\n${"  ".repeat(Math.min(depth, 40))}`; };
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === "{" || token === "[") {
      const end = shortEnd(tokens, at);
      if (end) {
        out += tokens.slice(at, end + 1).join("").replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) => (part === "," || part === ":" ? `${part} ` : part));
        at = end;
      } else { out += token; depth += 1; line(); }
    } else if (token === "}" || token === "]") { depth -= 1; line(); out += token; }
    else if (token === ",") { out += token; line(); }
    else out += token === ":" ? ": " : token;
  }
  return out;
}

/** Where an array or object ends, if it is short enough for one line. */
function shortEnd(tokens, from) {
  for (let at = from, depth = 0, length = 0; length < 60 && at < tokens.length; at += 1) {
    length += tokens[at].length + 1;
    if (tokens[at] === "{" || tokens[at] === "[") depth += 1;
    if (tokens[at] === "}" || tokens[at] === "]") depth -= 1;
    if (depth === 0) return at;
  }
  return 0;
}

// ---- Tables

/** Counts of outcomes as one bar; the figures are beside it. */
function bar(counts) {
  return make("div", { class: "bar", "aria-hidden": "true" }, ...outcomes.filter((name) => counts[name]).map((name) => {
    const part = make("span", { class: className(name), title: `${counts[name]} ${name}` });
    part.style.flexGrow = counts[name];
    return part;
  }));
}

function summed(run) {
  const operations = Object.values(run.operations);
  const outcome = Object.fromEntries(outcomes.map((name) => [name, count(operations.map((one) => one.outcomes[name]))]));
  const layer = Object.fromEntries(layers.map((name) => [name, {
    compared: count(operations.map((one) => one.layers[name].compared)),
    differed: count(operations.map((one) => one.layers[name].differed)),
  }]));
  return { outcomes: outcome, layers: layer, played: count(Object.values(outcome)) };
}

const head = (...cells) => make("thead", {}, make("tr", {}, ...cells.map(([text, name]) => make("th", { scope: "col", class: name }, text))));
/** Outcomes that there are: a column of noughts tells nobody anything. */
const present = outcomes.filter((name) => [...runs.map(summed), ...earlier.flatMap((one) => one.runs)].some((run) => run.outcomes[name]));
const outcomeHeads = () => present.map((name, at) => [name, at ? undefined : "first"]);
const layerHeads = () => layers.map((name, at) => [name, at ? undefined : "first"]);

function outcomeCells(counts, target, operation) {
  return present.map((name, at) => {
    const first = at === 0 ? "first" : "";
    if (!counts[name]) return make("td", { class: `${first} nothing` }, "0");
    const open = () => go({ target, operation, outcome: name }, { focus: true });
    const label = `${counts[name]} ${name}${operation ? `, ${operation}` : ""} at ${target}`;
    return make("td", { class: first }, make("button", { type: "button", class: className(name), "aria-label": label, onclick: open }, grouped(counts[name])));
  });
}

function layerCells(counts, target, operation, matters) {
  return layers.map((name, at) => {
    const { compared, differed } = counts[name];
    const first = at === 0 ? "first" : "";
    const title = compared ? `${grouped(differed)} of ${grouped(compared)} comparisons differ` : "nothing compared";
    if (!differed) return make("td", { class: `${first} nothing`, title }, compared ? "0" : "\u00b7");
    const open = () => go({ target, operation, layer: name }, { focus: true });
    const grade = matters(name) ? "bad" : "open";
    const label = `${name}${operation ? ` of ${operation}` : ""} at ${target}: ${title}`;
    return make("td", { class: first }, make("button", { type: "button", class: grade, title, "aria-label": label, onclick: open }, grouped(differed)));
  });
}

/** Whether a layer has a difference that matters, by target and operation. */
const mattering = new Set(all.flatMap(({ run, played }) => played.findings.filter((finding) => finding.matters)
  .flatMap((finding) => [`${run.target}\n${played.operation}\n${finding.layer}`, `${run.target}\n\n${finding.layer}`])));

function targets() {
  const rows = runs.map((run) => {
    const sums = summed(run);
    const asked = count(measured.map((name) => sums.outcomes[name]));
    return make("tr", {}, make("th", { scope: "row" }, run.target),
      make("td", {}, grouped(sums.played)), make("td", {}, percent(asked, sums.played)), make("td", {}, bar(sums.outcomes)),
      ...outcomeCells(sums.outcomes, run.target),
      ...layerCells(sums.layers, run.target, undefined, (layer) => mattering.has(`${run.target}\n\n${layer}`)));
  });
  element("targets").replaceChildren(head(["target", "name"], ["played"], ["measured"], [""], ...outcomeHeads(), ...layerHeads()), make("tbody", {}, ...rows));
}

function matrix() {
  const operations = [...new Set(runs.flatMap((run) => Object.keys(run.operations)))].sort();
  const rows = operations.flatMap((operation) => {
    const asked = runs.filter((run) => run.operations[operation]);
    return asked.map((run, at) => {
      const counts = run.operations[operation];
      const name = at === 0 && make("th", { scope: "rowgroup", rowspan: asked.length }, operation);
      const matters = (layer) => mattering.has(`${run.target}\n${operation}\n${layer}`);
      return make("tr", {}, ...(name ? [name] : []), ...(runs.length > 1 ? [make("td", { class: "target" }, run.target)] : []),
        ...outcomeCells(counts.outcomes, run.target, operation), ...layerCells(counts.layers, run.target, operation, matters));
    });
  });
  element("matrix").replaceChildren(head(["operation", "name"], ...(runs.length > 1 ? [["target", "name"]] : []), ...outcomeHeads(), ...layerHeads()), make("tbody", {}, ...rows));
}

function trend() {
  if (!earlier.length) return;
  element("trend").hidden = false;
  const now = runs.map((run) => ({ ...summed(run), target: run.target, on: run.on, version: run.version }));
  const rows = [...earlier, { label: "this report", runs: now }].flatMap(({ label, runs: those }) => those.map((run) =>
    make("tr", {}, make("th", { scope: "row" }, label), make("td", { class: "target" }, run.target), make("td", {}, run.on), make("td", {}, run.version),
      make("td", {}, grouped(run.played)), make("td", {}, bar(run.outcomes)),
      ...present.map((name, at) => make("td", { class: at ? "" : "first" }, grouped(run.outcomes[name] ?? 0))),
      ...layers.map((name, at) => {
        const { compared, differed } = run.layers[name] ?? { compared: 0, differed: 0 };
        return make("td", { class: at ? "" : "first", title: `of ${grouped(compared)}` }, compared ? grouped(differed) : "\u00b7");
      }))));
  element("history").replaceChildren(head(["report", "name"], ["target", "name"], ["day"], ["version"], ["played"], [""], ...outcomeHeads(), ...layerHeads()), make("tbody", {}, ...rows));
  const last = earlier.at(-1).label;
  element("changes").replaceChildren(...changes.flatMap((change) => [
    make("h3", {}, `${change.target}, since ${last}`),
    make("p", { class: "about" }, `${change.corpus} ${grouped(change.added)} added, ${grouped(change.deleted)} deleted, ${grouped(change.changed.length)} changed, ${grouped(change.unchanged)} unchanged.`),
    make("ul", {}, ...change.changed.slice(0, 100).map((one) => make("li", {},
      make("span", { class: `outcome ${one.worse ? "bad" : "good"}` }, one.worse ? "worse" : "other"), " ",
      make("a", { href: hashOf({ id: one.id }) }, one.id), ` ${one.outcomes.join(" \u2192 ")}`))),
  ]));
}

// ---- Theme: the system's, until a choice is made

function theme() {
  const button = element("theme");
  const names = ["auto", "light", "dark"];
  let chosen = "auto";
  // Some browsers keep nothing for a page from disk.
  try { chosen = names.find((name) => name === localStorage.getItem("dynatape-theme")) ?? "auto"; } catch { /* auto */ }
  const set = () => {
    if (chosen === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = chosen;
    button.textContent = `Theme: ${chosen}`;
  };
  button.addEventListener("click", () => {
    chosen = names[(names.indexOf(chosen) + 1) % names.length];
    try { localStorage.setItem("dynatape-theme", chosen); } catch { /* for this visit */ }
    set();
  });
  set();
}

// ---- Beginning

function options(name, values, any) {
  element(name).replaceChildren(make("option", { value: "" }, any), ...values.map((value) => make("option", { value }, value)));
}

function keys(event) {
  const typing = event.target.matches("input, select");
  if (event.key === "/" && !typing) { event.preventDefault(); element("text").focus(); }
  if (event.key === "Escape" && event.target === element("text")) go({});
  if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.matches("summary")) {
    const rows = [...element("list").querySelectorAll("summary")];
    const next = rows[rows.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  }
}

const absent = outcomes.filter((name) => !present.includes(name));
if (absent.length) element("absent").textContent = ` None is ${absent.join(", or ")}.`;
element("made").textContent = [...new Set(runs.map((run) => `dynatape ${run.version}, ${run.on}`))].join("; ");
options("target", [...new Set(runs.map((run) => run.target))], "all");
options("operation", [...new Set(all.map((one) => one.played.operation))].sort(), "all");
options("outcome", ["not exact", ...outcomes], "all");
options("layer", layers, "any");
theme();
targets();
trend();
matrix();
element("filter").addEventListener("submit", (event) => event.preventDefault());
element("filter").addEventListener("reset", (event) => { event.preventDefault(); go({}); });
element("filter").addEventListener("input", () => {
  const entries = NAMES.map((name) => [name, element(name).value]).filter(([, value]) => value);
  go(Object.fromEntries(entries));
});
element("more").addEventListener("click", () => { const from = shown; shown += PAGE; list(); element("list").children[from]?.firstElementChild.focus(); });
window.addEventListener("hashchange", () => show(stateOf(location.hash)));
document.addEventListener("keydown", keys);
show(stateOf(location.hash));
if (location.hash.length > 1) element("interactions").scrollIntoView();
