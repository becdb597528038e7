// Comfort for every page; each part does nothing where its elements are missing.
import { startCopying } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startHealth } from "./health.js";
import { startRefreshing } from "./refresh.js";
import { startRows } from "./rows.js";
import { localizeTimes } from "./times.js";
import { startZones } from "./zones.js";

startCopying();
startDialogs();
startForms();
startHealth();
startRefreshing();
startRows();
startZones();
localizeTimes(document);
