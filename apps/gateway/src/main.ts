#!/usr/bin/env node
/** The gateway's command. */
import { processIo } from "./cli/io.ts";
import { runCli } from "./cli/program.ts";

process.exit(await runCli(process.argv.slice(2), processIo()));
