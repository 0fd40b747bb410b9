import { Component, type ReactNode } from "react";
import { Button } from "@/components/Button";
import { CopyButton } from "@/components/Copy";
import { Fault } from "@/components/State";
import i18n from "@/i18n";

/** A screen that broke does not take the rest of the window with it. */
export class ErrorBoundary extends Component<
  { children: ReactNode; resetKey: string },
  { error: Error | null }
> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override componentDidUpdate(previous: { resetKey: string }) {
    if (previous.resetKey !== this.props.resetKey && this.state.error) {
      this.setState({ error: null });
    }
  }

  override render() {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Fault
        title={i18n.t("fault.screen")}
        actions={
          <>
            <Button icon="refresh" onClick={() => this.setState({ error: null })}>
              {i18n.t("fault.reopen")}
            </Button>
            <CopyButton text={error.stack ?? error.message} label={i18n.t("fault.copy")}>
              {i18n.t("fault.copy")}
            </CopyButton>
          </>
        }
      >
        <code>{error.message}</code>
      </Fault>
    );
  }
}
