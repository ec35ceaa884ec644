/** What is in the chats of a tenant, and the interfaces to it. */
import type { Clock } from "@openclaw-china/core";
import type { Board } from "../screen.ts";
import type { Execute } from "./answers.ts";
import { type Archive, createArchive } from "./archive.ts";
import { type Cards, createCards } from "./cards.ts";
import { createContent } from "./content.ts";
import { createFaces, type KeptFaces } from "./faces.ts";
import { createFiles, type Files } from "./files.ts";
import type { Limits } from "./limits.ts";
import { createMessages } from "./messages.ts";
import { createRobots, type Robots } from "./robots.ts";
import { type Bot, openIdOf, type Tenant } from "./tenant.ts";

export interface PlatformParts {
  readonly tenant: Tenant;
  readonly clock: Clock;
  readonly board: Board;
  readonly limits: Limits;
}

/** What is in the chats, and the interfaces to it. */
export interface Platform {
  readonly archive: Archive;
  readonly cards: Cards;
  readonly faces: KeptFaces;
  readonly files: Files;
  /** Robots of groups. */
  readonly robots: Robots;
  readonly interfaces: Readonly<Record<string, Execute>>;
}

export function createPlatform({ tenant, clock, board, limits }: PlatformParts): Platform {
  const archive = createArchive(clock);
  const files = createFiles({ archive });
  const nameOf = (openId: string, bot: Bot): string | undefined =>
    tenant.bot(openId)?.name ?? tenant.members().find((one) => openIdOf(one, bot.appId) === openId)?.name;
  const hasImage = (key: string): boolean => files.uploaded(key)?.type === "image";
  const faces: KeptFaces = createFaces({ archive, board, cards: () => cards, hasImage, nameOf });
  const cards: Cards = createCards({ clock, limits, hasImage, nameOf, changed: faces.show });
  const shownOf = createContent({ uploaded: files.uploaded, entity: cards.entity, nameOf });
  const messages = createMessages({ tenant, clock, board, archive, limits, shownOf, cards, faces });
  return {
    archive,
    cards,
    faces,
    files,
    robots: createRobots({ clock, board, shownOf }),
    interfaces: { ...messages, ...files.interfaces, ...cards.interfaces },
  };
}
