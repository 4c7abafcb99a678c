/** The figures of a run by name: seconds, counts, bytes, MB, or shares of a line. */
export type Figures = Readonly<Record<string, number>>;

interface Row {
  readonly figure: string;
  readonly reference: string;
  /** What is to be reached, and whether this run did. */
  readonly target: string;
  readonly reached: "yes" | "NO";
}

/** Prints each piece of work, what it cost, what it is compared with, and whether its target was reached. */
export function printTable(figures: Figures, mailboxes: number): void {
  const get = (name: string) => {
    const figure = figures[name];
    if (figure === undefined) throw new Error(`the run has no figure ${name}`);
    return figure;
  };
  const floor = get("floor_dynamic_s");
  const most = (value: number, limit: number, reference: string, figure = `${value}`): Row => ({
    figure,
    reference,
    target: `≤ ${Math.round(limit * 100) / 100}`,
    reached: value <= limit ? "yes" : "NO",
  });
  const noop = (size: string, factor: number) => {
    const [seconds, beside] = [get(`noop_${size}_s`), get(`noop_${size}_floor_s`)];
    return most(
      seconds,
      factor * beside,
      `dynamic floor, in turns: ${beside} s × ${(seconds / beside).toFixed(2)}`,
    );
  };
  const service = get("migrate_10k_service_s");
  const linear = (name: string): Row => ({
    figure: `${get(name)}`,
    reference: "the line through 1k and 10k",
    target: "0.9 to 1.1",
    reached: Math.abs(get(name) - 1) <= 0.1 ? "yes" : "NO",
  });
  const grown = (name: string) =>
    most(
      get(`growth_${name}`),
      1.1,
      `in proportion from 10k: 1; the line through 1k: ${get(`linear_${name}`)}`,
    );
  const rows: Record<string, Row> = {
    // A fifth of it is for names in state that people can read.
    "no-op up, 10k (s)": noop("10k", 1.4),
    "no-op up, 100k (s)": noop("100k", 2),
    "up of migrate, 10k (s)": most(
      get("migrate_10k_s"),
      1.5 * floor + service,
      `service ${service} s; naive, 250 mailboxes: ${get("naive_250_s")} s`,
    ),
    "requests a batch": most(get("requests_per_batch"), 8, "one a mailbox: 2,000"),
    "licences, 10k: requests": most(
      get("licenses_10k_requests"),
      mailboxes / 10 + mailboxes / 500 + 20,
      "N/20 usage locations + N/20 licences + N/500 + 20",
    ),
    "licences, 10k (s)": most(
      get("licenses_10k_s"),
      1.2 * get("licenses_10k_bound_s"),
      `the services alone: ${get("licenses_10k_bound_s")} s; loop: ${get("licenses_loop_s")} s`,
    ),
    "gates of route, 10k: requests": most(get("route_10k_requests"), mailboxes / 500 + 20, "N/500 + 20"),
    "state, 10k: bytes a mailbox": most(get("state_bytes_per_mailbox"), 120, "120"),
    "CSV and plan, 100k rows (CPU s)": most(get("csv_100k_cpu_s"), 1, "1 s"),
    "CSV and plan, 100k rows (MB)": most(get("csv_100k_rss_mb"), 300, "300 MB"),
    "start-up (ms)": most(
      get("startup_ms"),
      150 + get("startup_sdk_ms"),
      `loading @pulumi/pulumi whole: ${get("startup_sdk_ms")} ms, plus 150`,
    ),
    "100k, time of migrate": grown("migrate"),
    "100k, time of licences": grown("licenses"),
    "100k, time of a no-op": grown("noop"),
    "100k, requests": linear("linear_requests"),
    "100k, state": linear("linear_state"),
    "100k, memory": grown("memory"),
  };
  console.table(rows);
}
