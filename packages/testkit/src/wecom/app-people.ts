/** People in the chats of applications: the same gestures, told to the application. */
import type { Place } from "../simulator.ts";
import type { AppSide } from "./app-side.ts";
import { mediaTypeOf } from "./bodies.ts";
import type { Cards } from "./cards.ts";
import type { MediaType } from "./files.ts";
import type { Application } from "./messages.ts";
import type { WeComUser } from "./people.ts";
import type { Member } from "./tenant.ts";

export interface AppPeopleParts {
  readonly apps: AppSide;
  readonly cards: Cards;
}

/** A place whose `bot` is an application is its chat; everything else is as before. */
export function withApplications(user: WeComUser, member: Member, { apps, cards }: AppPeopleParts): WeComUser {
  const appAt = ({ bot }: Place = {}): Application | undefined =>
    bot === undefined ? undefined : apps.application(bot.id);
  return {
    ...user,
    say(text, how) {
      const app = appAt(how);
      return app === undefined ? user.say(text, how) : apps.say(member, app, text);
    },
    sendFile(file, where) {
      const app = appAt(where);
      if (app === undefined) return user.sendFile(file, where);
      const type: MediaType = file.type.startsWith("audio/") ? "voice" : mediaTypeOf(file);
      return apps.sendFile(member, app, { file, type });
    },
    enter(where) {
      const app = appAt(where);
      return app === undefined ? user.enter(where) : apps.enter(member, app);
    },
    press(shown, button, values = {}) {
      const card = cards.find(shown.id);
      if (card === undefined || apps.application(card.owner) === undefined) return user.press(shown, button, values);
      return apps.press(member, card, cards.press(card, button, values));
    },
  };
}
