import { Button, Switch, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { commands } from "../../border/commands";
import type { NearbyCard, NearbyPeer } from "../../border/generated";
import { Asked } from "../../kit/Asked";
import { useAct, useAsk } from "../../kit/ask";
import { sentenceOf } from "../../kit/failure";
import { moment } from "../../kit/format";
import { nearbyWords } from "./words";

/** The exchange with laptops nearby: off until somebody switches it on. */
export function Nearby() {
  const { t } = useTranslation();
  const card = useAsk(["sync", "nearby"], commands.nearbyState);
  return (
    <section aria-label={t("pool:nearby")} data-test="nearby">
      <h2 className="heading">{t("pool:nearby")}</h2>
      <div className="card nearby">
        <p className="small soft">{t("pool:nearby.what")}</p>
        <Asked asked={card}>{(facts) => <State card={facts} />}</Asked>
      </div>
    </section>
  );
}

function State({ card }: { card: NearbyCard }) {
  const { t } = useTranslation();
  const turn = useAct(commands.setNearby, "sync");
  return (
    <>
      <Switch
        label={t("pool:nearby.switch")}
        description={t(card.isOn ? "pool:nearby.on" : "pool:nearby.off")}
        checked={card.isOn}
        disabled={turn.busy}
        onChange={(event) => void turn.run(event.currentTarget.checked)}
      />
      {card.isOn ? <Open card={card} /> : null}
      {card.carried > 0 ? (
        <p className="warn" data-test="nearby-carried">
          {t("pool:nearby.carried", { count: card.carried })}
        </p>
      ) : null}
    </>
  );
}

/** What one sees and does while it is on. */
function Open({ card }: { card: NearbyCard }) {
  const { t } = useTranslation();
  const [place, setPlace] = useState("");
  const meet = useAct(commands.meetNearby, "sync");
  const go = async () => {
    if (await meet.run(place.trim())) setPlace("");
  };
  return (
    <>
      <dl className="facts">
        <dt>{t("pool:nearby.place")}</dt>
        <dd>
          <code className="place" data-test="nearby-place">
            {card.place}
          </code>
        </dd>
      </dl>
      {card.peers.length === 0 ? (
        <p className="small soft" role="status">
          {t(card.announces ? "pool:nearby.looking" : "pool:nearby.alone")}
        </p>
      ) : (
        <ul className="plain-list" data-test="nearby-peers">
          {card.peers.map((peer) => (
            <Peer key={peer.device} peer={peer} />
          ))}
        </ul>
      )}
      {card.trouble ? (
        <p className="warn" role="alert" data-test="nearby-trouble">
          {sentenceOf(card.trouble)}
        </p>
      ) : null}
      <form
        className="line folder"
        onSubmit={(event) => {
          event.preventDefault();
          void go();
        }}
      >
        <TextInput
          className="grow"
          label={t("pool:nearby.to")}
          placeholder="192.168.43.7:7811/…"
          value={place}
          onChange={(event) => setPlace(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" loading={meet.busy} disabled={place.trim() === ""}>
          {t("pool:nearby.meet")}
        </Button>
      </form>
    </>
  );
}

function Peer({ peer }: { peer: NearbyPeer }) {
  const { t } = useTranslation();
  return (
    <li className="peer" data-test="nearby-peer">
      <p>
        <strong>{t("pool:nearby.peer", { name: peer.name })}</strong>{" "}
        <span className="small muted">{t("pool:nearby.seen", { at: moment(peer.last) })}</span>
      </p>
      {nearbyWords(peer).map((words) => (
        <p className="small" key={words}>
          {words}
        </p>
      ))}
    </li>
  );
}
