/** What bots, applications, customer service and robots of one corporation have in common. */
import type { Clock } from "@openclaw-china/core";
import type { Faults } from "../faults.ts";
import { createFiles, type Files } from "./files.ts";
import { createLimits, type Limits } from "./limits.ts";
import { createPosts, type Posts } from "./posts.ts";
import { createTenant, type Tenant } from "./tenant.ts";

export interface Shared {
  readonly tenant: Tenant;
  readonly files: Files;
  readonly limits: Limits;
  readonly posts: Posts;
}

export interface SharedParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly origin: () => string;
}

export function createShared({ clock, faults, origin }: SharedParts): Shared {
  return {
    tenant: createTenant(),
    files: createFiles({ clock, origin }),
    limits: createLimits(clock),
    posts: createPosts({ clock, faults }),
  };
}
