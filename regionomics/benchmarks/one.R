# One operation of one R package on one table, timed: prints a line of JSON. Rscript one.R PACKAGE OPERATION FOLDER
# FOLDER holds shape.txt and, column after column, values.f64, presence.f64 and phi.f64. Where the package is not in R's
# own library, name its folder in the environment variable R_LIBS.
args <- commandArgs(trailingOnly = TRUE)
package <- args[1]; operation <- args[2]; folder <- args[3]
suppressWarnings(suppressPackageStartupMessages(library(package, character.only = TRUE)))
shape <- scan(file.path(folder, "shape.txt"), quiet = TRUE)

read <- function(name, rows, columns) {
  x <- readBin(file.path(folder, paste0(name, ".f64")), "double", rows * columns)
  matrix(x, rows, columns, dimnames = list(paste0("r", seq_len(rows)), paste0("c", seq_len(columns))))
}
values <- if (operation == "RCA") read("values", shape[1], shape[2])
presence <- if (operation != "RCA") read("presence", shape[1], shape[2])
if (operation == "density") {
  phi <- read("phi", shape[2], shape[2])
  rownames(phi) <- colnames(phi)
}

work <- if (package == "EconGeo") {
  switch(operation,
    "RCA" = function() location_quotient(values),
    "ECI+PCI" = function() list(kci(presence), tci(presence)),
    "proximity" = function() relatedness(co_occurrence(t(presence)), method = "cosine"),
    "density" = function() relatedness_density(presence, phi))
} else {
  switch(operation,
    "RCA" = function() balassa_index(values, discrete = FALSE),
    "ECI+PCI" = function() complexity_measures(presence, method = "eigenvalues"),
    "proximity" = function() proximity(presence, compute = "product"),
    "density" = function() economiccomplexity::density(presence, phi))
}
status <- function(key) {
  line <- grep(key, readLines("/proc/self/status"), value = TRUE)
  as.numeric(sub(".*?([0-9]+).*", "\\1", line))
}
invisible(gc())
cat("ready\n")
flush(stdout())
cat("5", file = "/proc/self/clear_refs")
before <- status("VmRSS")
seconds <- c(); cpu <- c(); peak <- 0
while (length(seconds) == 0 || (sum(seconds) < 2 && length(seconds) < 5) || (seconds[1] < 10 && length(seconds) < 2)) {
  start <- proc.time()
  answer <- suppressWarnings(suppressMessages(work()))
  used <- proc.time() - start
  seconds <- c(seconds, used[["elapsed"]])
  cpu <- c(cpu, used[["user.self"]] + used[["sys.self"]])
  if (peak == 0) peak <- (status("VmHWM") - before) / 1024
}
cat(sprintf('{"seconds": %.6f, "cpu": %.6f, "mb": %.1f, "runs": %d, "version": "%s"}\n', min(seconds), min(cpu), peak,
            length(seconds), as.character(packageVersion(package))))
