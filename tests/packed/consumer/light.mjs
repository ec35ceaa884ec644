/** Imports the arguments, and says which of Node's own costly modules that has loaded. */
for (const name of process.argv.slice(2)) await import(name);
const loaded = process.moduleLoadList.filter((name) => /deps\/undici|^NativeModule (https?|tls|sqlite)$/.test(name));
console.log(JSON.stringify(loaded));
