#!/bin/sh
command -v bats
