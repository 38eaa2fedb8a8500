import { Button, Skeleton } from "@mantine/core";
import { useTimeout } from "@mantine/hooks";
import type { UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Failure } from "../border/generated";
import { sentence } from "./failure";

type Props<T> = { asked: UseQueryResult<T, Failure>; children: (answer: T) => ReactNode };

/** Draws an answer, or says honestly that it is awaited or that it was refused. */
export function Asked<T>({ asked, children }: Props<T>) {
  const { t } = useTranslation();
  if (asked.data !== undefined) return <>{children(asked.data)}</>;
  if (asked.error) {
    return (
      <div className="empty" role="alert">
        <p>{sentence(asked.error)}</p>
        <Button variant="default" onClick={() => void asked.refetch()}>
          {t("kit:retry")}
        </Button>
      </div>
    );
  }
  return <Loading />;
}

/** Nothing for 200 ms, a skeleton to two seconds, then words. */
export function Loading() {
  const { t } = useTranslation();
  const [stage, setStage] = useState(0);
  useTimeout(() => setStage(1), 200, { autoInvoke: true });
  useTimeout(() => setStage(2), 2000, { autoInvoke: true });
  if (stage === 0) return null;
  if (stage === 2) {
    return (
      <p className="empty" role="status">
        {t("kit:loading")}
      </p>
    );
  }
  return (
    <div className="stack" style={{ padding: 16 }} aria-hidden>
      <Skeleton height={14} width="60%" />
      <Skeleton height={14} />
      <Skeleton height={14} width="80%" />
    </div>
  );
}
