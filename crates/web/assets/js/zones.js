// Sends the distance of the browser's zone to UTC along with the days of a
// form: `data-zone` names the field for the minutes, `data-end` says which end
// of the day is meant. The distance differs from day to day.

export function startZones() {
  for (const form of document.querySelectorAll("form")) {
    const days = form.querySelectorAll("input[type=date][data-zone]");
    if (days.length > 0) {
      form.addEventListener("formdata", (event) => {
        for (const day of days) {
          event.formData.set(day.dataset.zone, day.value && offset(day));
        }
      });
    }
  }
}

// Minutes to be added to UTC.
function offset(day) {
  const time = day.dataset.end === "last" ? "23:59:59.999" : "00:00:00.000";
  const minutes = -new Date(`${day.value}T${time}`).getTimezoneOffset();
  return Number.isNaN(minutes) ? "" : String(minutes);
}
