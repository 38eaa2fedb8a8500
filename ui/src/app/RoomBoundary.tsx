import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { asFailure } from "../border/call";
import { i18next } from "../words";
import { copyDiagnostics } from "./NoticeBoard";

type Props = { room: string; children: ReactNode };

/** A fault in one room leaves the others standing. */
export class RoomBoundary extends Component<Props, { fault: unknown }> {
  override state: { fault: unknown } = { fault: undefined };

  static getDerivedStateFromError(fault: unknown) {
    return { fault };
  }

  override render() {
    const { fault } = this.state;
    if (fault === undefined) return this.props.children;
    const failure = asFailure(fault);
    return (
      <div className="empty" role="alert">
        <h2>{i18next.t("app:fault.title")}</h2>
        <p>{i18next.t("app:fault.safe")}</p>
        <div className="line">
          <Button onClick={() => this.setState({ fault: undefined })}>{i18next.t("app:fault.again")}</Button>
          <Button variant="default" onClick={() => void copyDiagnostics(failure)}>
            {i18next.t("app:notice.copy")}
          </Button>
        </div>
      </div>
    );
  }
}
