import { defined } from "../../src/base/defined.js";
import {
  batchRow,
  csv,
  isBatch,
  notFound,
  requireBatch,
  requireStandingBatch,
  statusOf,
} from "./batch-rows.js";
import { type Cmdlet, limited, nothing, output, sameName } from "./cmdlet.js";
import { CmdletError } from "./cmdlet-error.js";
import { requireEndpoint } from "./endpoint-cmdlets.js";

const identityOnly = { Identity: "string", Partition: "string" } as const;

/** The cmdlets of migration batches, with the parameters the cloud takes (Microsoft's cmdlet reference, 2026-11). */
export const batchCmdlets: Readonly<Record<string, Cmdlet>> = {
  "New-MigrationBatch": {
    parameters: {
      AllowUnknownColumnsInCsv: "bool",
      AutoComplete: "switch",
      AutoStart: "switch",
      CompleteAfter: "datetime",
      CSVData: "bytes",
      ExcludeFolders: "strings",
      IncludeFolders: "strings",
      Name: "string",
      NotificationEmails: "strings",
      Partition: "string",
      ReportInterval: "timespan",
      SkipCalendar: "switch",
      SkipReports: "switch",
      SourceEndpoint: "string",
      StartAfter: "datetime",
      TargetDeliveryDomain: "string",
      TimeZone: "string",
    },
    run(given, context) {
      given.require("Name", "SourceEndpoint");
      const name = given.text("Name") ?? "";
      if (name === "" || name.length > 64)
        throw new CmdletError(
          "Parameter",
          `The length of the property Name must be between 1 and 64 characters, not ${name.length}.`,
        );
      if (context.tenant.batches.some((batch) => sameName(batch.name, name)))
        throw new CmdletError(
          "AlreadyExists",
          `A migration batch with the name "${name}" already exists.`,
          name,
        );
      if (
        given.has("TargetDeliveryDomain", "AutoComplete", "ExcludeFolders", "IncludeFolders", "SkipCalendar")
      )
        throw new CmdletError(
          "ParameterSet",
          "Parameter set cannot be resolved using the specified named parameters.",
        );
      const endpoint = requireEndpoint(context, given.text("SourceEndpoint") ?? "");
      const addresses = given.has("CSVData")
        ? csv(given, context)
        : context.tenant.people.map((person) => person.emailAddress);
      const startAfter = given.instant("StartAfter");
      const completeAfter = given.instant("CompleteAfter");
      const batch = context.migration.create(
        {
          name,
          migrationType: given.has("CSVData") ? "ExchangeStagedMigration" : "ExchangeCutoverMigration",
          endpoint: endpoint.guid,
          addresses,
          notificationEmails: [...(given.texts("NotificationEmails") ?? [])],
          reportInterval: given.text("ReportInterval") ?? "1.00:00:00",
          skipReports: given.flag("SkipReports"),
          timeZone: given.text("TimeZone") ?? "UTC",
          ...(context.behaviour.incrementalSync === "daily" ? { daily: true } : {}),
          ...defined({ startAfter, completeAfter }),
        },
        context.now,
      );
      if (given.flag("AutoStart")) context.migration.start(batch, context.now);
      return output([batch], (record) => batchRow(record, context), batch.validationWarnings);
    },
  },
  "Get-MigrationBatch": {
    parameters: {
      Diagnostic: "switch",
      DiagnosticArgument: "string",
      Endpoint: "string",
      Identity: "string",
      IncludeReport: "switch",
      Partition: "string",
      ResultSize: "unlimited",
      Status: "string",
    },
    run(given, context) {
      const identity = given.text("Identity");
      const status = given.text("Status");
      const endpointName = given.text("Endpoint");
      const endpoint = endpointName === undefined ? undefined : requireEndpoint(context, endpointName);
      const all = context.tenant.batches.filter(
        (batch) =>
          (status === undefined || sameName(statusOf(batch, context), status)) &&
          (endpoint === undefined || batch.endpoint === endpoint.guid),
      );
      const found = identity === undefined ? all : all.filter((batch) => isBatch(batch, identity));
      if (identity !== undefined && found.length === 0 && !context.behaviour.getUnknownReturnsAll)
        throw notFound(identity);
      return limited(found.length === 0 ? all : found, given, (batch) => batchRow(batch, context));
    },
  },
  "Set-MigrationBatch": {
    parameters: {
      ...identityOnly,
      AddUsers: "switch",
      AllowUnknownColumnsInCsv: "bool",
      ApproveSkippedItems: "switch",
      CompleteAfter: "datetime",
      CSVData: "bytes",
      MoveOptions: "strings",
      NotificationEmails: "strings",
      ReportInterval: "timespan",
      SkipMerging: "strings",
      SkipMoving: "strings",
      SkipReports: "bool",
      StartAfter: "datetime",
      SyncNow: "switch",
      Update: "switch",
    },
    run(given, context) {
      const batch = requireStandingBatch(given, context);
      if (given.has("CSVData") && !given.flag("AddUsers"))
        throw new CmdletError(
          "ParameterSet",
          "Parameter set cannot be resolved using the specified named parameters.",
        );
      if (given.flag("AddUsers")) {
        given.require("CSVData");
        context.migration.addUsers(batch, csv(given, context), context.now);
      }
      const emails = given.texts("NotificationEmails");
      // An empty array is reported not to clear the value (ExchangeOnlineManagement module, 2026-11).
      if (emails !== undefined && emails.length > 0) batch.notificationEmails = [...emails];
      batch.reportInterval = given.text("ReportInterval") ?? batch.reportInterval;
      batch.skipReports = given.boolean("SkipReports") ?? batch.skipReports;
      const startAfter = given.instant("StartAfter");
      if (startAfter !== undefined) batch.startAfter = startAfter;
      const completeAfter = given.instant("CompleteAfter");
      if (completeAfter !== undefined) batch.completeAfter = completeAfter;
      if (given.flag("SyncNow") || given.flag("Update")) batch.syncNowAt = context.now;
      batch.touchedAt = context.now;
      return nothing;
    },
  },
  "Start-MigrationBatch": {
    parameters: { ...identityOnly, Validate: "switch" },
    run(given, context) {
      context.migration.start(requireStandingBatch(given, context), context.now);
      return nothing;
    },
  },
  "Stop-MigrationBatch": {
    parameters: identityOnly,
    run(given, context) {
      context.migration.stop(requireStandingBatch(given, context), context.now);
      return nothing;
    },
  },
  "Complete-MigrationBatch": {
    parameters: {
      ...identityOnly,
      CompletePublicFolderMigrationWithDataLoss: "switch",
      NotificationEmails: "strings",
    },
    run(given, context) {
      const batch = requireStandingBatch(given, context);
      throw new CmdletError(
        "Refused",
        `The migration batch "${batch.name}" can't be completed because its migration type doesn't support completion.`,
        batch.name,
      );
    },
  },
  "Remove-MigrationBatch": {
    parameters: { ...identityOnly, Force: "switch" },
    run(given, context) {
      context.migration.remove(requireBatch(given, context), context.now);
      return nothing;
    },
  },
};
