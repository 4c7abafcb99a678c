import type { Command, Option } from "commander";
import { quotedWord } from "../base/platform.js";

/** Shells that a completion script can be had for. */
export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

/** What may follow one command. */
interface Place {
  /** The words up to here, such as `mailstage lab`. */
  readonly at: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
  /** Options with a value: their flags, and what the value can be. */
  readonly valued: readonly { readonly flags: readonly string[]; readonly value: Value }[];
}
/** One of these words, a stack of this folder, or a file. */
type Value = readonly string[] | "stack" | "file";

/** The script for a shell, made from the program's own commands, options and choices. */
export function completionScript(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](program.name(), placesOf(program));
}

function placesOf(command: Command, before = ""): Place[] {
  const at = `${before}${command.name()}`;
  const help = command.createHelp();
  const commands = help.visibleCommands(command).filter((one) => one.name() !== "help");
  const options = help.visibleOptions(command);
  const place: Place = {
    at,
    words: [
      ...commands.map((one) => ({ word: one.name(), about: one.description() })),
      ...command.registeredArguments.flatMap(({ argChoices = [], description }) =>
        argChoices.map((word) => ({ word, about: description })),
      ),
      ...options.flatMap((one) => flagsOf(one).map((word) => ({ word, about: one.description }))),
    ],
    valued: options
      .filter(({ required, optional }) => required || optional)
      .map((one) => ({ flags: flagsOf(one), value: possible(one) })),
  };
  return [place, ...commands.flatMap((one) => placesOf(one, `${at} `))];
}

const flagsOf = ({ short, long }: Option) => [short, long].flatMap((flag) => flag ?? []);
const possible = ({ long, argChoices }: Option): Value =>
  argChoices ?? (long === "--stack" ? "stack" : "file");

/** As the other two shells have it in `quotedWord`; fish has backslashes in single quotes. */
const inFish = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
const stacks = "ls | sed -n 's/^Pulumi\\.\\(.*\\)\\.yaml$/\\1/p'";

const patterns = (place: Place, { flags }: Place["valued"][number], quote: (text: string) => string) =>
  flags.map((flag) => quote(`${place.at} ${flag}`));

function bash(name: string, places: readonly Place[]): string {
  const reply = (words: string) => `COMPREPLY=($(compgen -W ${words} -- "$current"))`;
  const list = (words: readonly string[]) => reply(`$'${words.join("\\n")}'`);
  const values = places.flatMap((place) =>
    place.valued.map((option) => {
      const { value } = option;
      // With no reply the shell goes on to files.
      const answer = value === "file" ? "" : value === "stack" ? reply(`"$(${stacks})"`) : list(value);
      return `    ${patterns(place, option, quotedWord).join("|")}) ${answer}${answer && "; "}return ;;`;
    }),
  );
  const words = places.map(
    (place) => `    ${quotedWord(place.at)}) ${list(place.words.map(({ word }) => word))} ;;`,
  );
  return `# ${name} completion bash: source <(${name} completion bash)
_${name}() {
  local IFS=$'\\n' current=\${COMP_WORDS[COMP_CWORD]} at=${name} word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
    ${alternatives(places, quotedWord)}) at="$at $word" ;;
    esac
  done
  COMPREPLY=()
  case "$at \${COMP_WORDS[COMP_CWORD-1]}" in
${values.join("\n")}
  esac
  case $at in
${words.join("\n")}
  esac
}
complete -o default -F _${name} ${name}
`;
}

function zsh(name: string, places: readonly Place[]): string {
  const values = places.flatMap((place) =>
    place.valued.map((option) => {
      const { value } = option;
      const answer =
        value === "file"
          ? "_files"
          : value === "stack"
            ? `compadd -- \${(f)"$(${stacks})"}`
            : `compadd -- ${value.map(quotedWord).join(" ")}`;
      return `    (${patterns(place, option, quotedWord).join("|")}) ${answer}; return ;;`;
    }),
  );
  const words = places.map(
    (place) =>
      `    (${quotedWord(place.at)}) found=(${place.words.map(({ word, about }) => quotedWord(`${word}:${about}`)).join(" ")}) ;;`,
  );
  return `#compdef ${name}
# ${name} completion zsh: source <(${name} completion zsh)
_${name}() {
  local at=${name} word
  local -a found
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
    (${alternatives(places, quotedWord)}) at="$at $word" ;;
    esac
  done
  case "$at \${words[CURRENT-1]}" in
${values.join("\n")}
  esac
  case $at in
${words.join("\n")}
  esac
  _describe ${name} found
}
compdef _${name} ${name}
`;
}

function fish(name: string, places: readonly Place[]): string {
  const here = ({ at }: Place) => `-n ${inFish(`__${name}_at ${inFish(at)}`)}`;
  const flag = (word: string) => (word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`);
  const valueIn = (place: Place, word: string) => {
    const value = place.valued.find(({ flags }) => flags.includes(word))?.value;
    if (value === undefined) return "";
    return value === "file"
      ? " -r -F"
      : ` -x -a ${inFish(value === "stack" ? `(${stacks})` : value.join(" "))}`;
  };
  const lines = places.flatMap((place) =>
    place.words.map(
      ({ word, about }) =>
        `complete -c ${name} ${here(place)} ${word.startsWith("-") ? `${flag(word)}${valueIn(place, word)}` : `-a ${word}`} -d ${inFish(about)}`,
    ),
  );
  return `# ${name} completion fish: ${name} completion fish | source
function __${name}_at
  set -l at ${name}
  for word in (commandline -opc)[2..-1]
    switch "$at $word"
      case ${alternatives(places, inFish, " ")}
        set at "$at $word"
    end
  end
  test "$at" = "$argv[1]"
end
complete -c ${name} -f
${lines.join("\n")}
`;
}

const alternatives = (places: readonly Place[], quote: (text: string) => string, between = "|") =>
  places
    .slice(1)
    .map(({ at }) => quote(at))
    .join(between);
