import { usePlace } from "../../app/place";
import { StoryList } from "./StoryList";
import { Workspace } from "./Workspace";
import "./write.css";

/** The list of stories, or the one in hand. */
export function Write() {
  const { story } = usePlace();
  return story ? <Workspace key={story} story={story} /> : <StoryList />;
}
