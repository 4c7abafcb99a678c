import { stableGuid } from "../world.js";

/** How a cmdlet fails, with what the service sends for it (ExchangeOnlineManagement module, 2026-11). */
const classes = {
  NotFound: { status: 404, type: "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException" },
  AlreadyExists: { status: 400, type: "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException" },
  UnknownCmdlet: { status: 400, type: "System.Management.Automation.CommandNotFoundException" },
  Parameter: { status: 400, type: "System.Management.Automation.ParameterBindingException" },
  ParameterSet: {
    status: 400,
    type: "Microsoft.Exchange.Configuration.CmdletProxy.AmbiguousParameterSetException",
  },
  Refused: { status: 400, type: "Microsoft.Exchange.Migration.MigrationPermanentException" },
  Cast: { status: 500, type: "System.InvalidCastException" },
} as const;

export type CmdletErrorKind = keyof typeof classes;

/** A cmdlet that fails with the service's own kind of error. */
export class CmdletError extends Error {
  readonly status: number;
  readonly type: string;
  readonly code: string;

  constructor(
    kind: CmdletErrorKind,
    message: string,
    readonly target = "",
  ) {
    super(message);
    this.status = classes[kind].status;
    this.type = classes[kind].type;
    this.code = kind === "NotFound" ? "NotFound" : kind === "Cast" ? "InternalServerError" : "BadRequest";
  }

  /** The body of the answer: the text is a pipe string in `details`, as the service sends it. */
  body(): unknown {
    const id = `Ex${stableGuid(this.type, this.message).slice(0, 6).toUpperCase()}`;
    return {
      error: {
        code: this.code,
        message: "Error executing cmdlet",
        details: [{ code: "Context", target: this.target, message: `${id}|${this.type}|${this.message}` }],
        innererror: {
          message: "Error executing cmdlet",
          type: "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
          internalexception: { message: `${id}|${this.type}|${this.message}`, type: this.type },
        },
      },
    };
  }
}
