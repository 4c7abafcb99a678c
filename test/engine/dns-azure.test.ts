import { walkHost } from "./dns-host-stages.js";

walkHost("azure", "azure-native:dns:RecordSet");
