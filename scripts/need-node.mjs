// Prints one clear sentence when the running Node is too old; plain JavaScript so that any Node can read it.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 24 || (major === 24 && minor < 16)) {
  console.error(
    `Node >= 24.16 is needed, found ${process.versions.node}. 需要 Node 24.16 或更高版本。 https://nodejs.org`,
  );
  process.exit(1);
}
