import apps from "./apps.json";
import form from "./form.json";
import providers from "./providers.json";
import rules from "./rules.json";
import settings from "./settings.json";
import snippets from "./snippets.json";
import start from "./start.json";
import traffic from "./traffic.json";

/** One file per screen, all of one language in one folder. */
export default { apps, form, providers, rules, settings, snippets, start, traffic };
