import { testParser } from "./parser_contract.ts";
import { PARSERS } from "./parsers.ts";

for (const it of PARSERS) testParser(it);
