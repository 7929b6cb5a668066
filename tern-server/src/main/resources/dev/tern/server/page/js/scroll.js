// Follows the end of what grows, but only for those who are at the end.

const NEAR = 48;

export class Follower {
  #area;
  #button;
  #following = true;
  #top = 0;

  /** `area` scrolls, `content` grows in it, `button` leads to the end. */
  constructor(area, content, button) {
    this.#area = area;
    this.#button = button;
    area.addEventListener('scroll', () => this.#look(), { passive: true });
    button.addEventListener('click', () => this.toEnd());
    const sizes = new ResizeObserver(() => (this.#following ? this.toEnd() : this.#look()));
    sizes.observe(content);
    sizes.observe(area);
  }

  toEnd() {
    this.#following = true;
    this.#area.scrollTop = this.#area.scrollHeight;
    this.#top = this.#area.scrollTop;
    this.#button.hidden = true;
  }

  /** Only who moves up leaves the end: being far from it can also mean that the content has grown since. */
  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#area;
    const near = scrollHeight - scrollTop - clientHeight < NEAR;
    if (near) this.#following = true;
    else if (scrollTop < this.#top) this.#following = false;
    this.#top = scrollTop;
    this.#button.hidden = this.#following;
  }
}
