import { useTranslation } from "react-i18next";
import type { Diagnostic } from "@/bindings/types";
import { Button } from "@/components/Button";
import { Icon } from "@/components/Icon";
import { useForm } from "./context";
import { fixed, isError } from "./problems";

/** What is wrong, each with the click that mends it where there is one. */
export function Problems({ list, id }: { list: Diagnostic[]; id?: string }) {
  const { t } = useTranslation();
  const form = useForm();
  if (list.length === 0) return null;
  return (
    <ul className="fm-problems" id={id}>
      {list.map((each, index) => {
        const mended = fixed(form.document, each);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same may be said twice
          <li key={index} className={isError(each) ? "t-bad" : "t-warn"}>
            <Icon name={isError(each) ? "error" : "warn"} size="xs" />
            <span className="grow">{each.message}</span>
            {mended !== null && (
              <Button size="sm" onClick={() => form.change(mended)}>
                {t("form.use", { what: each.suggestion?.replace(/^"|"$/g, "") })}
              </Button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
