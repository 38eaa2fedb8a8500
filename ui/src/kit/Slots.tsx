import { createContext, type ReactNode, useContext } from "react";
import { createPortal } from "react-dom";

/** Places in the frame that a room fills. */
export type Places = { top: HTMLElement | null; foot: HTMLElement | null };

export const SlotContext = createContext<Places>({ top: null, foot: null });

/** Title and facts of the room in the top bar. */
export function Top({
  title,
  crumb,
  children,
}: {
  title: string;
  crumb?: string | undefined;
  children?: ReactNode;
}) {
  const { top } = useContext(SlotContext);
  if (!top) return null;
  return createPortal(
    <>
      <h1 className="clip-text" title={title}>
        {title}
      </h1>
      {crumb ? <span className="muted crumb">{crumb}</span> : null}
      {children}
    </>,
    top,
  );
}

/** Facts of the room in the bottom bar. */
export function Foot({ children }: { children: ReactNode }) {
  const { foot } = useContext(SlotContext);
  return foot ? createPortal(children, foot) : null;
}
