import { readFileSync } from "node:fs";
import { z } from "zod";

/** What an output comes to. */
interface Settled {
  readonly allResources: ReadonlySet<unknown>;
  readonly value: unknown;
  readonly isKnown: boolean;
  readonly isSecret: boolean;
}

const functionOf = <F>() => z.custom<F>((value) => typeof value === "function");
const moduleShape = z.looseObject({
  containsUnknowns: functionOf<(value: unknown) => boolean>(),
  unknown: z.unknown(),
  Output: functionOf<Class>(),
});
type Class = (new (
  ...parts: unknown[]
) => object) & {
  create(value: unknown): unknown;
  isInstance(value: unknown): boolean;
};

/**
 * Has the SDK (3.270, output.js) make of an output what somebody asks of it. Each of its own makes two dozen promises, functions and
 * sets, of which one or two are looked at: a third of what a run allocated. What an output comes to, and when a function is applied
 * to it, stays as it is there; so does all that is made of outputs, which is evaluated anew around this class.
 */
export function lightenOutputs(): void {
  const file = require.resolve("@pulumi/pulumi/output.js");
  const exported: unknown = require("@pulumi/pulumi/output.js");
  const source = readFileSync(file, "utf8").replaceAll("new OutputImpl(", "new exports.Output(");
  new Function("exports", "require", source)(exported, (name: string) =>
    require(`@pulumi/pulumi/${name.replace(/^\.\//, "")}.js`),
  );
  const { containsUnknowns, unknown, Output } = moduleShape.parse(exported);
  Reflect.set(Object(exported), "Output", lightOutput(Output, containsUnknowns, unknown));
}

/** The parts of an output of any kind. */
interface Parts {
  resources(): ReadonlySet<unknown>;
  allResources(): Promise<ReadonlySet<unknown>>;
  promise(withUnknowns?: boolean): Promise<unknown>;
  readonly isKnown: Promise<boolean>;
  readonly isSecret: Promise<boolean>;
}

const itself = Symbol("the output behind the proxy");

function lightOutput(whole: Class, containsUnknowns: (value: unknown) => boolean, unknown: unknown): object {
  const isOutput = (value: unknown): value is Parts => whole.isInstance(value);

  /** What a value comes to that may be an output itself. */
  async function lifted(outer: Settled): Promise<Settled> {
    const { value } = outer;
    if (!isOutput(value)) return outer;
    const [inner, isKnown, isSecret, resources] = await Promise.all([
      value.promise(true),
      value.isKnown,
      value.isSecret,
      value.allResources(),
    ]);
    return {
      value: inner,
      isKnown,
      isSecret: outer.isSecret || isSecret,
      allResources: union(outer.allResources, resources),
    };
  }

  async function applied(
    before: Promise<Settled>,
    work: (value: unknown) => unknown,
    evenUnknown: boolean,
  ): Promise<Settled> {
    const { value, isKnown, ...rest } = await before;
    if (!isKnown && !evenUnknown) return { ...rest, value: undefined, isKnown: false };
    const given = !isKnown && !containsUnknowns(value) ? unknown : value;
    const made = await lifted({ ...rest, value: await work(given), isKnown: true });
    return made.isKnown && containsUnknowns(made.value) ? { ...made, isKnown: false } : made;
  }

  /** One of the SDK's own, which says what is wrong with who makes a text of it. */
  const complaining = () => new whole(none, Promise.resolve(), Promise.resolve(true), Promise.resolve(false));

  class LightOutput implements Parts {
    readonly __pulumiOutput = true;
    readonly [itself]: {
      readonly output: LightOutput;
      readonly resources: ReadonlySet<unknown>;
      readonly settle: () => Promise<Settled>;
      settled: Promise<Settled> | undefined;
    };

    constructor(resources: unknown, ...[promise, known, secret, all]: unknown[]) {
      const direct = setOf(resources);
      const settle = async (): Promise<Settled> => {
        const [value, isKnown, isSecret, others] = await Promise.all([promise, known, secret, all]);
        const outer = {
          value,
          isKnown: isKnown === true && !containsUnknowns(value),
          isSecret: isSecret === true,
          allResources: union(direct, all === undefined ? none : setOf(others)),
        };
        return lifted(outer);
      };
      this[itself] = { output: this, resources: direct, settle, settled: undefined };
      // biome-ignore lint/correctness/noConstructorReturn: as the SDK does it
      return new Proxy(this, lifting);
    }

    static create(value: unknown): unknown {
      return whole.create(value);
    }

    static isInstance(value: unknown): boolean {
      return whole.isInstance(value);
    }

    /** An output that comes to this. */
    static of(resources: ReadonlySet<unknown>, settled: Promise<Settled>): LightOutput {
      const made = new LightOutput(resources);
      made[itself].settled = settled;
      return made;
    }

    resources(): ReadonlySet<unknown> {
      return this[itself].resources;
    }

    async allResources(): Promise<ReadonlySet<unknown>> {
      return (await settledOf(this)).allResources;
    }

    get isKnown(): Promise<boolean> {
      return settledOf(this).then(({ isKnown }) => isKnown);
    }

    get isSecret(): Promise<boolean> {
      return settledOf(this).then(({ isSecret }) => isSecret);
    }

    async promise(withUnknowns?: boolean): Promise<unknown> {
      const { value } = await settledOf(this);
      return withUnknowns !== true && containsUnknowns(value) ? undefined : value;
    }

    apply(work: (value: unknown) => unknown, evenUnknown?: boolean): LightOutput {
      return LightOutput.of(this.resources(), applied(settledOf(this), work, evenUnknown === true));
    }

    get(): never {
      throw new Error(`Cannot call '.get' during update or preview.
To manipulate the value of this Output, use '.apply' instead.`);
    }

    toString(): string {
      return String(complaining());
    }

    toJSON(): unknown {
      return JSON.parse(JSON.stringify(complaining()));
    }
  }

  const settledOf = (output: LightOutput): Promise<Settled> => {
    const own = output[itself];
    own.settled ??= own.settle();
    return own.settled;
  };

  /** Whatever it has not itself is a property of what it comes to; but not what it is told from other things by. */
  const lifting: ProxyHandler<LightOutput> = {
    get(output, key) {
      if (key in output) return Reflect.get(output, key);
      if (typeof key === "symbol" || key === "then" || key.startsWith("__")) return undefined;
      if (key === "doNotCapture" || key === "deploymentOnlyModule") return undefined;
      return output.apply((value) => {
        if (value === undefined || value === null) return undefined;
        return isUnknownItself(value) ? unknown : Reflect.get(Object(value), key);
      }, true);
    },
  };
  return LightOutput;
}

const none: ReadonlySet<unknown> = new Set();

const isUnknownItself = (value: unknown): boolean =>
  typeof value === "object" && value !== null && Reflect.get(value, "__pulumiUnknown") === true;

/** As the SDK takes them: one, a list or a set. */
function setOf(resources: unknown): ReadonlySet<unknown> {
  if (resources instanceof Set) return resources.size === 0 ? none : new Set(resources);
  return new Set(Array.isArray(resources) ? resources : [resources]);
}

function union(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): ReadonlySet<unknown> {
  if (other.size === 0) return one;
  return one.size === 0 ? other : new Set([...one, ...other]);
}
