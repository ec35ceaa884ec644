/** The same by `require()`, which works as long as no module awaits at its top level. */
const found = {};
for (const name of process.argv.slice(2)) found[name] = Object.keys(require(name)).toSorted();
console.log(JSON.stringify(found));
