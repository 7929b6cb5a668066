// Follows the end of what grows, but only for those who are at the end.

const NEAR = 48;

export class Follower {
  #area;
  #button;
  #following = true;

  /** `area` scrolls, `content` grows in it, `button` leads to the end. */
  constructor(area, content, button) {
    this.#area = area;
    this.#button = button;
    area.addEventListener('scroll', () => this.#look(), { passive: true });
    // Growing content can move the end away before the scroll event of a wheel or key comes, so the intent counts as well.
    area.addEventListener('wheel', (event) => event.deltaY < 0 && this.#leave(), { passive: true });
    button.addEventListener('click', () => this.toEnd());
    const sizes = new ResizeObserver(() => (this.#following ? this.toEnd() : this.#look()));
    sizes.observe(content);
    sizes.observe(area);
  }

  toEnd() {
    this.#following = true;
    this.#area.scrollTop = this.#area.scrollHeight;
    this.#button.hidden = true;
  }

  #leave() {
    if (this.#area.scrollHeight > this.#area.clientHeight) this.#following = false;
  }

  #look() {
    const { scrollHeight, scrollTop, clientHeight } = this.#area;
    this.#following = scrollHeight - scrollTop - clientHeight < NEAR;
    this.#button.hidden = this.#following;
  }
}
