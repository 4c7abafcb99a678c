import { walkHost } from "./dns-host-walk.js";

walkHost("azure", "azure-native:dns:RecordSet");
