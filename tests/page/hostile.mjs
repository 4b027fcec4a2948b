// A corpus that means harm, as JSON lines: node hostile.mjs OUT.jsonl
//
// Two stories of five outlets, so that facts, marks and contrasts come about; in every field there is something that a page,
// a spreadsheet or a terminal could take for its own.
import { writeFileSync } from "node:fs";

const RTL = "\u202E", ISOLATE = "\u2067";
const outlets = [
  "<script>hacked=1</script>",
  "\"><img src=x onerror=hacked=2>",
  `${RTL}Daily Reverse`,
  "=HYPERLINK(\"http://evil.example\";\"click\")",
  `👩‍👩‍👧‍👦 Emoji ${"W".repeat(300)}`,
];
const titles = [
  "</title></style></script><script>hacked=3</script> Bridge closed",
  "Bridge closed\u0000\u0007\u001b[31m\r\n<b>bold</b>\u2028line\t'--\"",
  `${RTL}${ISOLATE}Bridge closed, and nothing turned round`,
  "@SUM(A1:A9) &lt;i&gt; &amp; Bridge closed \ud83c\udf09",
  `Bridge closed ${"long ".repeat(10_000)}`,
];
const urls = ["javascript:hacked=4", "https://a.example/\"onmouseover=\"hacked=5", "http://b.example/?a=1&b=<2>", "data:text/html,<script>hacked=6</script>", "https://c.example/\u202Ename"];
// What differs between outlets stands in braces.
const events = [
  [
    "The council of Marrow voted {19|19|19|21|19} to 14 on Tuesday to close the old bridge.",
    "Engineers {found|found|disgracefully ignored|saw|found} deep cracks in both of its piers last spring.",
    "“This <b>shameful</b> bridge is a death trap,” said {Mayor Iris Colm|Mayor Iris Colm|the furious Mayor Iris Colm|Iris Colm|Mayor Iris Colm}.",
    "Repairs will cost {$4.5 million|$4.5 million|a monstrous $4.5 million|$4.8 million|$4.5 million}, according to a report by the county.",
    "About 2,300 cars {cross|cross|thunder across|cross|cross} the bridge each day, the county said.",
    "The bridge {will|will|will not|will|will} open again before the summer of 2027, officials said.",
    "A ferry {will carry|will carry|shall heroically carry|carries|will carry} passengers from 1 March until the repairs are finished.",
    "Shop owners on the north bank {fear|fear|howl in rage over|expect|fear} a loss of 30 percent of their trade.",
    `=1+1 <a href="javascript:hacked=7">click</a> & ${RTL}the bridge was built in 1931 by a company from Hexley.`,
    "The state refused to pay for a new bridge ‘in this century’, the treasurer said.",
  ],
  [
    "A fire {destroyed|destroyed|savagely devoured|burned|destroyed} the grain store of Oldwick on Friday night.",
    "Six firefighters were {hurt|hurt|hurt|injured|hurt}, two of them seriously, the fire service said.",
    "The store held 4,000 tons of wheat worth about {$1.1 million|$1.1 million|$1.1 million|$1.4 million|$1.1 million}.",
    "“We lost <i>everything</i> in one night,” said the manager, {Tom Arden|Tom Arden|the broken Tom Arden|Tom Arden|Tom Arden}.",
    "Police {are looking|are looking|are desperately looking|look|are looking} for the driver of a white van that left the yard at 10:30 p.m.",
    "The insurer had warned of {faulty|faulty|scandalously faulty|bad|faulty} wiring in a letter in January.",
    "The harvest of 85 farms in the valley {was|was|was|is|was} stored there, according to the farmers' union.",
    "Neighbours {left|left|fled|left|left} their houses for the night because of the smoke.",
    `<svg onload=hacked=8> ${"&".repeat(40)} 🔥🔥 the roof fell in after two hours.`,
    "The government promised to help the farmers with 3 million dollars before winter.",
  ],
];

// A word of each outlet's own in every sixth place: copies of one text would be one voice, and nothing to compare.
const own = ["indeed", "sadly", "now", "there", "yet"];
const worded = (sentence, outlet) => sentence.split(" ").map((word, i) => (i % 6 === outlet ? `${word} ${own[outlet]}` : word)).join(" ");

const lines = [];
events.forEach((sentences, event) => {
  outlets.forEach((source, outlet) => {
    const body = sentences.map((s) => s.replace(/\{([^}]*)\}/, (_, options) => options.split("|")[outlet])).map((s) => worded(s, outlet));
    // One sentence that never ends.
    if (outlet === 4) body.push(`The council then read aloud ${"a very <b>long</b> list of names and ".repeat(1_400)}went home.`);
    const article = {
      id: `=${event}${outlet}"'<x>`, source, title: event ? titles[outlet].replace("Bridge closed", "Grain store burns") : titles[outlet],
      date: `2026-03-0${event + 1}`, url: urls[outlet], body: body.join(outlet % 2 ? "\r\n\r\n" : " "),
    };
    lines.push(JSON.stringify(article));
  });
});
// An escape that is half a character: the record is taken (run.sh looks), with U+FFFD in its place.
lines.push('{"id":"half","source":"Half \\ud800 character","title":"Half \\udfff","body":"The council of Marrow voted 19 to 14 on Tuesday to close the old bridge \\ud800 at last."}');
writeFileSync(process.argv[2], lines.join("\n") + "\n");
