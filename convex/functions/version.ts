// Which functions are deployed. The program asks before it does anything else, and `covershots doctor` tells of it.

import { query } from "./verb";

/** Raised with every change of the schema or of what a function takes, gives or means. */
export const VERSION = 2;

export const get = query({ args: {}, handler: async () => ({ version: VERSION }) });
