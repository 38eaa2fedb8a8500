import { MantineProvider } from "@mantine/core";
import { ModalsProvider } from "@mantine/modals";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect, useState } from "react";
import { I18nextProvider } from "react-i18next";
import { listen } from "../border/call";
import { theme, variables } from "../kit/theme";
import { i18next } from "../words";
import { readNews } from "./news";

/** Tests do not wait for motion. */
const ENV = import.meta.env.MODE === "test" ? "test" : "default";

/** Everything that the rooms stand on: words, look, cache, news. */
export function Root({ children }: { children: ReactNode }) {
  const [client] = useState(
    () =>
      new QueryClient({
        defaultOptions: {
          queries: { retry: false, staleTime: 30_000, refetchOnWindowFocus: false, networkMode: "always" },
          mutations: { retry: false, networkMode: "always" },
        },
      }),
  );
  useEffect(() => listen(readNews(client)), [client]);
  return (
    <I18nextProvider i18n={i18next}>
      <MantineProvider env={ENV} theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
        <QueryClientProvider client={client}>
          <ModalsProvider>{children}</ModalsProvider>
        </QueryClientProvider>
      </MantineProvider>
    </I18nextProvider>
  );
}
