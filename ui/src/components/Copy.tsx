import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button, IconButton } from "./Button";

async function copyText(text: string) {
  await navigator.clipboard.writeText(text);
}

function useCopied() {
  const [copied, setCopied] = useState(false);
  const copy = async (text: string) => {
    await copyText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return { copied, copy };
}

/** An icon when there is no `children`, else a button with that text. */
export function CopyButton(props: { text: string; label: string; children?: string }) {
  const { t } = useTranslation();
  const { copied, copy } = useCopied();
  if (props.children) {
    return (
      <Button
        size="sm"
        variant="ghost"
        icon={copied ? "check" : "copy"}
        aria-label={props.label}
        onClick={() => copy(props.text)}
      >
        {copied ? t("copied") : props.children}
      </Button>
    );
  }
  return (
    <IconButton
      icon={copied ? "check" : "copy"}
      label={copied ? t("copied") : props.label}
      onClick={() => copy(props.text)}
    />
  );
}
