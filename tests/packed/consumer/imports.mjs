/** Imports each argument, and says what it exports. */
const found = {};
for (const name of process.argv.slice(2)) found[name] = Object.keys(await import(name)).toSorted();
console.log(JSON.stringify(found));
