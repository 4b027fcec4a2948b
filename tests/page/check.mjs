// Opens a report's page from disk in a headless Chromium and looks at it: node check.mjs REPORT_DIR
//
// Prints what is wrong and ends with 1, or what it looked at. Chromium: PATH, or CHROMIUM.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "csv-parse/sync";
import puppeteer from "puppeteer-core";

const dir = resolve(process.argv[2] ?? ".");
const page_url = pathToFileURL(join(dir, "report.html")).href;
const chromium = process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], { encoding: "utf8" }).trim();
const wrong = [], looked = [];
const expect = (holds, what) => { if (!holds && wrong.length < 40) wrong.push(what); };
const same = (found, wanted, what) => expect(JSON.stringify(found) === JSON.stringify(wanted), `${what}: ${JSON.stringify(found)?.slice(0, 300)}, not ${JSON.stringify(wanted)?.slice(0, 300)}`);

const table = (file) => parse(readFileSync(join(dir, file)), { bom: true, columns: true, relax_column_count: false });
const [stories, claims, evidence, contrasts, sources] = ["stories", "claims", "evidence", "contrasts", "sources"].map((name) => table(`${name}.csv`));
const bodies = new Map(readFileSync(join(dir, "texts.jsonl"), "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)).map((text) => [text.article_id, Buffer.from(text.body)]));
// Ids in cells carry the guard against formulas.
const id = (cell) => (bodies.has(cell) ? cell : cell.replace(/^'/, ""));

const browser = await puppeteer.launch({ executablePath: chromium, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
try {
  const page = await browser.newPage();
  page.on("console", (message) => expect(!["error", "warn"].includes(message.type()), `console: ${message.text()}`));
  page.on("pageerror", (error) => wrong.push(`error in the page: ${error}`));
  page.on("request", (request) => expect(request.url() === page_url, `request: ${request.url().slice(0, 200)}`));
  page.on("dialog", (dialog) => { wrong.push("a dialog"); dialog.dismiss(); });
  await page.setViewport({ width: 1400, height: 1000 });
  const start = Date.now();
  await page.goto(page_url);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  looked.push(`open in ${Date.now() - start} ms`);

  // What is there.
  const shown = await page.$$eval("section.story", (all) => all.map((story) => story.id));
  const known = stories.map((story) => story.story_id);
  same(shown, known.filter((story) => shown.includes(story)), "stories");
  expect(shown.length === Math.min(known.length, 200) || (shown.length > 0 && shown.length < known.length), `${shown.length} of ${known.length} stories`);
  const rows = await page.$$eval("#story-table tbody tr", (all) => all.map((row) => [row.querySelector("a").getAttribute("href").slice(1), ...[...row.cells].slice(2, 7).map((cell) => cell.textContent)]));
  const columns = ["story_id", "n_articles", "n_sources", "n_shared_facts", "divergence_loaded", "divergence_voice"];
  same(rows, stories.filter((story) => shown.includes(story.story_id)).map((story) => columns.map((c) => story[c])), "table of stories");
  if (shown.length < known.length) expect((await page.$eval("#stories", (e) => e.textContent)).includes("stories.csv"), "where the other stories are");
  looked.push(`${shown.length} of ${known.length} stories`);

  // Numbers of the lines are those of the tables.
  const lines = (selector) => page.$$eval(selector, (all) => all.map((row) => {
    const [difference, q] = [...row.querySelectorAll("td.num")];
    return [difference.firstChild.textContent, difference.querySelector("small")?.textContent ?? "", q.firstChild.textContent];
  }));
  const numbers = (row) => [row.difference, row.ci_low && `${row.ci_low} to ${row.ci_high}`, row.status === "ok" ? row.q_value : "insufficient"];
  const sorted = (list) => list.map(String).sort();
  let compared = 0;
  for (const story of shown) {
    const wanted = contrasts.filter((row) => row.story_id === story && !row.measure.startsWith("tone:")).map(numbers);
    same(sorted(await lines(`[id="${story}"] > .scroll .strips tbody tr`)), sorted(wanted), `contrasts of ${story}`);
    compared += wanted.length;
  }
  const over = await lines("#sources .strips tbody tr");
  if (sources.length <= 100) same(sorted(over), sorted(sources.map(numbers)), "sources");
  looked.push(`${compared + over.length} lines`);

  // A fact opens by keyboard, and its marks can be reached.
  if (await page.$("details.fact")) {
    await page.focus("details.fact > summary");
    await page.keyboard.press("Enter");
    expect(await page.$eval("details.fact", (fact) => fact.open && fact.querySelector(".wording").checkVisibility()), "a fact opens by keyboard");
    const link = await page.$eval(".matrix tbody tr:last-child a", (a) => { a.focus(); return a.getAttribute("href"); });
    await page.keyboard.press("Enter");
    expect(await page.waitForFunction((target) => document.querySelector(target).closest("details").open, { timeout: 2000 }, link).catch(() => false), "the matrix leads into a fact");
  }
  if (shown.length) {
    await page.focus("#story-table th:nth-child(6) button");
    await page.keyboard.press("Enter");
    same(await page.$eval("#story-table th:nth-child(6)", (th) => th.getAttribute("aria-sort")), "descending", "sorting");
  }
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));
  const first = await page.$("mark[tabindex]");
  if (first) {
    await first.focus();
    expect(await first.evaluate((m) => document.activeElement === m && m.title !== ""), "a mark can be reached and says why");
  }

  // Marks are inside the right words.
  const line = (text) => text.replace(/\r\n|[\t\n\v\f\r\u0085\u2028\u2029]/g, " ").replace(/[\p{Cc}\p{Noncharacter_Code_Point}\u202a-\u202e\u2066-\u2069]/gu, "");
  const cards = await page.$$eval(".card[data-claim]", (all) => all.map((card) => ({
    claim: card.dataset.claim, text: card.querySelector(".wording").textContent,
    marks: [...card.querySelectorAll("mark")].map((m) => [m.className.split(" "), m.dataset.at.split("-").map(Number), m.textContent]),
  })));
  const class_of = (row) => row.measure === "own_voice" ? (row.note === "speaker" ? "speaker" : "cue") : row.measure === "scare_quotes" ? "scare" : row.measure.startsWith("tone:") ? "tone" : "loaded";
  const by_claim = Map.groupBy ? Map.groupBy(evidence, (row) => row.claim_id) : evidence.reduce((map, row) => map.set(row.claim_id, [...(map.get(row.claim_id) ?? []), row]), new Map());
  const claim_of = new Map(claims.map((claim) => [claim.claim_id, claim]));
  let marks = 0;
  for (const card of cards) {
    const claim = claim_of.get(card.claim), body = bodies.get(id(claim.article_id));
    const whole = line(body.subarray(+claim.start, +claim.end).toString());
    const cut = card.text.endsWith("…") && !whole.endsWith("…");
    expect(cut ? whole.startsWith(card.text.slice(0, -1)) && card.text.length > 500 : card.text === whole, `wording of ${card.claim}: ${card.text.slice(0, 200)}`);
    for (const [, [from, to], text] of card.marks) same(text, line(body.subarray(from, to).toString()), `mark ${from}-${to} in ${card.claim}`);
    const end = cut ? +claim.start + Buffer.byteLength(body.subarray(+claim.start, +claim.end).toString().slice(0, card.text.length - 1)) : +claim.end;
    for (const row of by_claim.get(card.claim) ?? []) {
      const covered = card.marks.filter(([classes]) => classes.includes(class_of(row)));
      for (let at = +row.start; at < Math.min(+row.end, end); at++) {
        if (!covered.some(([, [from, to]]) => from <= at && at < to)) { expect(false, `evidence "${row.text}" of ${card.claim} has no mark`); break; }
      }
    }
    // And nothing else is marked as loaded or attributed.
    for (const [classes, [from, to], text] of card.marks) {
      for (const kind of classes.filter((c) => !["quote", "conflict"].includes(c))) {
        expect((by_claim.get(card.claim) ?? []).some((row) => class_of(row) === kind && +row.start <= from && to <= +row.end), `"${text}" of ${card.claim} is no ${kind}`);
      }
    }
    marks += card.marks.length;
  }
  looked.push(`${cards.length} wordings with ${marks} marks`);

  // Foreign words stay words.
  const foreign = await page.evaluate(() => ({
    hacked: typeof hacked, scripts: document.scripts.length,
    elements: [...new Set([...document.querySelectorAll("body *")].map((e) => e.localName))].sort(),
    handlers: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).length,
    addresses: [...document.querySelectorAll("[href], [src]")].map((e) => e.getAttribute("href") ?? e.getAttribute("src")).filter((a) => !/^(#|https?:\/\/)/i.test(a)),
    unsafe: [...document.querySelectorAll("a[href^=http]")].filter((a) => a.rel !== "noopener noreferrer").length,
    controls: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(document.documentElement.textContent),
    isolated: [...document.querySelectorAll("bdi")].every((e) => getComputedStyle(e).unicodeBidi === "isolate"),
    // A mark of direction could turn the page around.
    turned: /[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.textContent),
    attributes: [...document.querySelectorAll("*")].filter((e) => [...e.attributes].some((a) => a.name !== "href" && /[\u202a-\u202e\u2066-\u2069]/.test(a.value))).length,
    lost: [...document.querySelectorAll("a[href^='#']")].map((a) => a.getAttribute("href").slice(1)).filter((target) => !document.getElementById(target)),
    twice: (() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return ids.filter((x, i) => ids.indexOf(x) !== i); })(),
  }));
  const ours = "a article bdi br button caption circle code dd desc details div dl dt em h1 h2 h3 h4 header input label li line main mark nav ol p script section small span strong summary svg table tbody td th thead time title tr ul".split(" ");
  const unknown = foreign.elements.filter((name) => !ours.includes(name));
  same({ ...foreign, elements: unknown }, { hacked: "undefined", scripts: 1, elements: [], handlers: 0, addresses: [], unsafe: 0, controls: false, isolated: true, turned: false, attributes: 0, lost: [], twice: [] }, "foreign words");

  // Nothing stands out at the sides; every colour can be read.
  for (const width of [1400, 400]) {
    await page.setViewport({ width, height: 1000 });
    // Sections that were never on screen count, too.
    await page.evaluate(() => document.querySelectorAll("section.story").forEach((s) => { s.style.contentVisibility = "visible"; }));
    const found = await page.evaluate(() => {
      const inside = (e) => e.closest(".scroll, .hidden, .skip, svg");
      const wide = [...document.querySelectorAll("body *")].filter((e) => !inside(e) && e.getBoundingClientRect().right > innerWidth + 1);
      return [document.documentElement.scrollWidth - innerWidth, wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 150))];
    });
    same(found, [0, []], `overflow at ${width} px`);
    for (const scheme of ["light", "dark"]) {
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      const poor = await page.evaluate(() => {
        const colour = (text) => { const n = text.match(/[\d.]+/g).map(Number); return { rgb: n.slice(0, 3), alpha: n[3] ?? 1 }; };
        const luminance = (rgb) => rgb.map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
        const grounds = new Map();
        const ground = (e) => {
          if (!grounds.has(e)) {
            const own = colour(getComputedStyle(e).backgroundColor);
            grounds.set(e, own.alpha === 1 ? own.rgb : e.parentElement ? ground(e.parentElement) : [255, 255, 255]);
          }
          return grounds.get(e);
        };
        const poor = new Map();
        let seen = 0;
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
          const e = walker.currentNode.parentElement;
          if (!walker.currentNode.data.trim() || ["script", "title", "desc"].includes(e.localName)) continue;
          seen++;
          const [a, b] = [luminance(colour(getComputedStyle(e).color).rgb), luminance(ground(e))].sort((x, y) => y - x);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < 4.5) poor.set(`${e.localName}.${e.className} ${ratio.toFixed(2)}`, walker.currentNode.data.slice(0, 40));
        }
        return [seen, [...poor]];
      });
      same(poor[1], [], `contrast, ${scheme}, ${width} px`);
      if (width === 400) looked.push(`${poor[0]} texts ${scheme}`);
    }
  }

  // Without script.
  const bare = await browser.newPage();
  await bare.setJavaScriptEnabled(false);
  await bare.goto(page_url);
  const snapshot = await bare.accessibility.snapshot();
  expect(JSON.stringify(snapshot).includes("What may not be concluded"), "readable without script");
  same((await bare.$$("section.story")).length, shown.length, "stories without script");
  if (await bare.$("details.fact")) {
    await (await bare.$("details.fact > summary")).focus();
    await bare.keyboard.press("Enter");
    expect(await bare.$("details.fact[open]"), "a fact opens without script");
  }
} finally {
  await browser.close();
}
if (wrong.length) {
  console.error(wrong.map((what) => `wrong: ${what}`).join("\n"));
  process.exit(1);
}
console.log(`${process.argv[2]}: ${looked.join(", ")}`);
