// Times in the browser's zone; the page brings them in UTC.

const PRECISIONS = {
  date: { dateStyle: "medium" },
  minute: { dateStyle: "medium", timeStyle: "short" },
  second: { dateStyle: "medium", timeStyle: "medium" },
};

export function localizeTimes(root) {
  for (const element of root.querySelectorAll('time[data-time]:not([data-time="day"])')) {
    const time = new Date(element.dateTime);
    if (!Number.isNaN(time.getTime())) {
      element.title ||= element.textContent;
      element.textContent = localTime(time, element.dataset.time);
    }
  }
}

export function localTime(time, precision) {
  const options = PRECISIONS[precision] ?? PRECISIONS.minute;
  return new Intl.DateTimeFormat(undefined, options).format(time);
}
