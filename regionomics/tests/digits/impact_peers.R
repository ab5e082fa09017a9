# Called by impact_peers.py: did 2.1.1 on panel.csv in the folder named, answers to answers.json.
where <- commandArgs(TRUE)[1]
suppressMessages({library(did); library(jsonlite)})
d <- read.csv(file.path(where, "panel.csv"))
out <- list()
for (method in c("dr", "ipw", "reg")) for (control in c("nevertreated", "notyettreated")) for (cov in c("x", "z"))
  for (base in c("varying", "universal")) for (ant in 0:1) {
    m <- suppressWarnings(att_gt(
      yname = "outcome", tname = "time", idname = "unit", gname = "cohort", xformla = as.formula(paste("~", cov)),
      data = d, control_group = control, anticipation = ant, est_method = method, bstrap = FALSE, cband = FALSE,
      base_period = base))
    r <- list(cohort = m$group, time = m$t, att = m$att, se = m$se)
    for (type in c("simple", "dynamic", "group", "calendar")) {
      a <- suppressWarnings(aggte(m, type = type, bstrap = FALSE, cband = FALSE, na.rm = TRUE))
      r[[paste0("of_", type)]] <- c(a$overall.att, a$overall.se)
    }
    out[[paste(method, control, cov, base, ant, sep = "|")]] <- r
  }
write(toJSON(out, digits = 12, auto_unbox = TRUE, na = "null"), file.path(where, "answers.json"))
