/** A process that holds: announces itself in a shared file, takes the lease if it can, and says in lines what it learns. */
import { announceHolder, createLease, silentLogger, systemClock, thisMachine } from "@openclaw-china/core/internal";
import { sharedStore } from "./shared-store.ts";

const [, , file = "", account = ""] = process.argv;
const clock = systemClock();
const store = sharedStore(file, clock.now);
const options = { store, clock, name: "test:app", account, machine: thisMachine() };
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const stay = setInterval(() => undefined, 60_000);

const lease = createLease({ ...options, ttlMs: 600_000 }); // what is killed is known by its pid, long before
const holder = await lease.acquire();
say({ lease: holder === undefined ? "mine" : { account: holder.account, pid: holder.pid } });
const ended = new AbortController();
process.once("SIGTERM", () => ended.abort());
await announceHolder(
  { ...options, ttlMs: 3_000 },
  {
    signal: ended.signal,
    log: silentLogger(),
    onOthers: (others) => say({ others: others.map(({ account: name, pid }) => ({ account: name, pid })) }),
  },
);
await lease.release();
clearInterval(stay);
