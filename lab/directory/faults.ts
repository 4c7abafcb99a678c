/** What goes wrong on purpose. */
export interface DirectoryFaults {
  /** Milliseconds before each answer. @default 0 */
  readonly delay?: number;
  /** Cut the connection at the n-th search or modify from now, once; 1 is the next. */
  readonly disconnectAfter?: number;
  /** Whether that operation is done before the connection is cut: the answer is lost, not the write. @default false */
  readonly performFirst?: boolean;
  /** Every other page of a paged search holds no entry, and another one follows (RFC 2696). @default false */
  readonly emptyPages?: boolean;
  /** Values of one attribute in one answer; more come in ranges. @default 1500, Active Directory's MaxValRange */
  readonly valuesAtMost?: number;
  /** The result code of every search but of a single entry: 3, 4 or 11 are what limits end it with. */
  readonly searchResult?: number;
  /** The server that every modify is referred to, as by a read-only domain controller. */
  readonly referral?: string;
}
